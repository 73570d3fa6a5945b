// SPDX-License-Identifier: MIT

/// The keys of the key-value store that plugins use for values of their own:
/// `plugin/OWNER/KEY`.
package enum PluginKeys {
    /// All values of all plugins are in this folder.
    package static let root = "plugin/"

    /// The folder of one plugin's values.
    ///
    /// - Parameter owner: The plugin's name. `/` and `%` in it are written as `%2F` and `%25`, so
    ///   that no name leads into the folder of another.
    package static func folder(of owner: String) -> String {
        var name = ""
        for character in owner.unicodeScalars {
            switch character {
            case "/": name += "%2F"
            case "%": name += "%25"
            default: name.unicodeScalars.append(character)
            }
        }
        return "\(root)\(name)/"
    }
}
