// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import FootfallStore
import Glibc

/// The name of a configuration file and of a store, and where the file is looked for.
struct Profile {
    let name: String
    /// The option or variable that gave the name; `nil` for `default`.
    private let source: String?

    init(_ options: Globals) throws {
        if let name = options.profile {
            (self.name, source) = (name, "--profile")
        } else if let name = StateLocation.environment("FOOTFALL_PROFILE") {
            (self.name, source) = (name, "FOOTFALL_PROFILE")
        } else {
            (name, source) = ("default", nil)
        }
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            throw CommandExit(
                .usage,
                "\(source ?? "--profile"): \"\(name)\" is not a name: it must not be empty, . or .., or contain a slash"
            )
        }
    }

    /// The file of the profile in the first directory that has it; `nil` when none has it.
    ///
    /// - Throws: CommandExit when it is not known whether it is there. With another
    ///   configuration than its own the command would send events elsewhere, or nowhere.
    func file() throws -> String? {
        for path in places {
            var status = stat()
            // A link whose target is missing is there as well, and is an error when it is read.
            if lstat(path, &status) == 0 { return path }
            let error = errno
            guard error == ENOENT else {
                throw CommandExit(
                    .usage,
                    "\(path): it cannot be read (\(String(cString: strerror(error)))); name another file with --config")
            }
        }
        return nil
    }

    private var places: [String] { StateLocation.configurationDirectories.map { "\($0)/\(name).json" } }

    /// A warning for a profile without a file; `nil` for `default`. It is no error, since a profile may
    /// be nothing but the name of a store.
    var absence: String? {
        guard let source, name != "default" else { return nil }
        let ending = ".json"
        let others = StateLocation.configurationDirectories.flatMap { Listing.names(in: $0) }
            .filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.utf8.count)) }
        let question = Suggestion.question(for: name, among: others)
        let verb = places.count == 1 ? "is" : "are"
        return "\(source): \(places.joined(separator: " and ")) \(verb) not there, so all settings are the defaults"
            + (question.isEmpty ? "; make one of them, with {} in it" : question)
    }
}
