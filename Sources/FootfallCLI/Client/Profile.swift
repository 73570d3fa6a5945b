// SPDX-License-Identifier: MIT
import Footfall
import FootfallConfigured
import FootfallJSON
import FootfallStore

/// The profile that an option or a variable names.
struct Profile {
    private let profile: ConfigurationProfile
    /// The option or variable that gave the name; `nil` for `default`.
    private let source: String?

    init(_ options: Globals) throws {
        let name: String
        if let given = options.profile {
            (name, source) = (given, "--profile")
        } else if let given = StateLocation.environment("FOOTFALL_PROFILE") {
            (name, source) = (given, "FOOTFALL_PROFILE")
        } else {
            (name, source) = ("default", nil)
        }
        let origin = source ?? "--profile"
        profile = try readingConfiguration { try ConfigurationProfile(name: name, source: origin) }
    }

    /// The file of the profile in the first directory that has it; `nil` when none has it.
    ///
    /// - Throws: CommandExit when it is not known whether it is there.
    func file() throws -> String? {
        try readingConfiguration { try profile.file(cure: "; name another file with --config") }
    }

    var name: String { profile.name }

    /// The directory of the profile's store.
    var stateDirectory: String? { profile.stateDirectory }

    /// A warning for a profile without a file; `nil` for `default`. It is no error, since a profile may
    /// be nothing but the name of a store.
    var absence: String? {
        guard let source, profile.name != "default" else { return nil }
        let ending = ".json"
        let others = StateLocation.configurationDirectories.flatMap { Listing.names(in: $0) }
            .filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.utf8.count)) }
        let question = Suggestion.question(for: profile.name, among: others)
        let places = profile.places
        let verb = places.count == 1 ? "is" : "are"
        return "\(source): \(places.joined(separator: " and ")) \(verb) not there, so all settings are the defaults"
            + (question.isEmpty ? "; make one of them, with {} in it" : question)
    }
}
