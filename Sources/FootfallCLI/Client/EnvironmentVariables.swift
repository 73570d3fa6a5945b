// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallJSON
import Glibc

/// The variables that begin with `FOOTFALL`, and those that were probably meant as one of them.
enum EnvironmentVariables {
    /// All that Footfall reads. docs/command.md explains them.
    static let known = [
        "FOOTFALL_WRITE_KEY", "FOOTFALL_ENDPOINT", "FOOTFALL_CONFIG", "FOOTFALL_PROFILE", "FOOTFALL_STATE_DIR",
        "FOOTFALL_SESSION", "FOOTFALL_LIBCURL",
    ]

    private static let prefix = "FOOTFALL"

    /// Looks at the environment of the process.
    ///
    /// - Parameter named: Variables that the configuration names, which are not misspelt.
    /// - Returns: a warning for each variable that is probably a known one, misspelt.
    /// - Throws: CommandExit when the value of a known one is not UTF-8.
    static func warnings(except named: [String]) throws -> [String] {
        // Nothing is read from the environment of another user.
        guard ftf_is_privileged() == 0 else { return [] }
        var entry = environ
        var warnings: [String] = []
        while let variable = entry.pointee {
            entry += 1
            // Cheap for all others: each event of a script makes this loop.
            guard strncasecmp(variable, prefix, prefix.utf8.count) == 0, let sign = strchr(variable, 0x3D) else {
                continue
            }
            let name = String(
                decoding: UnsafeRawBufferPointer(start: variable, count: sign - variable), as: UTF8.self)
            if known.contains(name) {
                guard String(validatingCString: sign + 1) != nil else {
                    throw CommandExit(.usage, "\(name): its value is not UTF-8")
                }
            } else if !named.contains(name), let meant = nearest(to: name) {
                warnings.append("\(name): no such variable is read; did you mean \(meant)?")
            }
        }
        return warnings
    }

    /// The known variable that was probably meant; `nil` for a variable of another program or script.
    private static func nearest(to name: String) -> String? {
        // The words that all names share would make all of them near.
        let own = name.dropFirst(prefix.utf8.count)
        let meant = Suggestion.nearest(to: String(own), among: known.map { String($0.dropFirst(prefix.utf8.count)) })
        if let meant { return prefix + meant }
        // FOOTFALL_CONFIG_FILE, FOOTFALL_STATE.
        let capitals = name.uppercased()
        return known.first { capitals.hasPrefix("\($0)_") || own.utf8.count > 3 && $0.hasPrefix(capitals) }
    }
}
