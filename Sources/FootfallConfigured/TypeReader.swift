// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// Reads what the entries of `plugins` and `destinations` have in common.
struct TypeReader {
    /// The entry. The keys that are read here count as known to the plugin.
    private(set) var object: ConfigurationObject
    let type: String
    let isEnabled: Bool
    /// Whether a program that does not know the type goes on without the plugin.
    let isOptional: Bool

    init(_ object: ConfigurationObject) throws(ConfigurationError) {
        var object = object
        isEnabled = try object.flag("enabled") ?? true
        isOptional = try object.flag("optional") ?? false
        guard let type = try object.text("type") else { throw object.error("type", "it is missing") }
        self.type = type
        self.object = object
    }

    /// Reads a text that names something; a blank one is an error.
    mutating func name(_ key: String) throws(ConfigurationError) -> String? {
        guard let name = try object.text(key) else { return nil }
        guard !name.isBlank else { throw object.error(key, "it is blank") }
        return name
    }

    /// Makes a plugin.
    func make<P>(_ body: (ConfigurationObject) throws -> P) throws(ConfigurationError) -> P {
        do {
            return try body(object)
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw object.error("type", "\(type) cannot be made: \(error)")
        }
    }

    /// Throws when an unknown type is probably a misspelt one, or belongs to the other list.
    ///
    /// - Parameters:
    ///   - known: The types of the entry's list.
    ///   - others: The types of the other list, which is called `other`.
    func refuseMisspelt(
        among known: [String], others: [String], in other: String
    ) throws(ConfigurationError) {
        guard !others.contains(where: type.isIdentical) else {
            throw object.error("type", "\(type) belongs into the list \(other); move it there")
        }
        // A digit or a mark makes a new name of an old one, as in webhook2.
        let isWord = type.unicodeScalars.allSatisfy(\.properties.isAlphabetic)
        guard type.isBlank || isWord && Suggestion.nearest(to: type, among: known) != nil else { return }
        let question = Suggestion.question(for: type, among: known)
        throw object.error("type", "\(type) is none of \(known.joined(separator: ", "))\(question)")
    }
}
