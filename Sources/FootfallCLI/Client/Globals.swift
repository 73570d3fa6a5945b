// SPDX-License-Identifier: MIT
import Footfall

/// The values of ``GlobalOptions``.
///
/// A struct of its own because creating one of the parser's option groups takes as
/// long as opening the store.
struct Globals {
    var config: String?
    var profile: String?
    var stateDir: String?
    var json = false
    var quiet = false
    var verbose = false

    /// Prints a result: the object on standard output with `--json`, otherwise the
    /// line on standard error, unless `--quiet` is given.
    func report(_ object: @autoclosure () -> JSONObject, _ line: @autoclosure () -> String) {
        if json {
            Console.write(object())
        } else if !quiet {
            Console.say(line())
        }
    }
}
