// SPDX-License-Identifier: MIT
import Footfall
import Glibc

/// The name of a configuration file and of a store, and where the file is looked for.
package struct ConfigurationProfile {
    package let name: String

    /// - Parameter source: Where the name comes from, for messages.
    package init(name: String, source: String) throws(ConfigurationError) {
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            throw ConfigurationError(
                file: source, problem: "\"\(name)\" is not a name: it must not be empty, . or .., or contain a slash")
        }
        self.name = name
    }

    /// The paths that the file may have; the first one that is there counts.
    package var places: [String] { StateLocation.configurationDirectories.map { "\($0)/\(name).json" } }

    /// The file of the profile in the first directory that has it; `nil` when none has it.
    ///
    /// - Throws: When it is not known whether it is there. With another configuration than its own a
    ///   program would send events elsewhere, or nowhere.
    /// - Parameter cure: The end of the message.
    package func file(cure: String) throws(ConfigurationError) -> String? {
        for path in places {
            var status = stat()
            // A link whose target is missing is there as well, and is an error when it is read.
            if lstat(path, &status) == 0 { return path }
            let error = errno
            guard error == ENOENT else {
                throw ConfigurationError(
                    file: path, problem: "it cannot be read (\(String(cString: strerror(error))))\(cure)")
            }
        }
        return nil
    }

    /// The directory of the profile's store, where the file names none.
    package var stateDirectory: String? { StateLocation.directory(named: name) }
}
