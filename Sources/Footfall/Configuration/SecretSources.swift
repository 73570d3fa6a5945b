// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// Where the keys of a configuration are read from, if they are not in it.
///
/// For a key `NAME` of the configuration these are `NAMEFile`, the path of a file, `NAMECredential`, the name of a
/// systemd credential, and `NAMEVariable`, the name of an environment variable.
package struct SecretSources {
    /// The text of a file, and what should be changed about its mode; `nil` when it cannot be read.
    var file: (_ path: String) -> (text: String, warning: String?)?
    /// The value of an environment variable.
    var variable: (_ name: String) -> String?
    /// The directory of the credentials that systemd gave the process; `nil` for a process that has none.
    var credentials: String?

    /// The files, the environment and the credentials of this process.
    package static var system: SecretSources {
        SecretSources(
            file: { path in
                // The message names the file; the reason is in its mode or its absence.
                guard let file = try? TrustedFile.secret(path) else { return nil }
                return (String(decoding: file.bytes, as: UTF8.self), file.warning)
            }, variable: StateLocation.environment, credentials: StateLocation.path("CREDENTIALS_DIRECTORY"))
    }

    package init(
        file: @escaping (String) -> (text: String, warning: String?)?, variable: @escaping (String) -> String?,
        credentials: String? = nil
    ) {
        self.file = file
        self.variable = variable
        self.credentials = credentials
    }
}

extension ConfigurationObject {
    /// Reads a key or a password from the object itself or from one of the places that it names.
    ///
    /// A blank text counts as missing; a place that has nothing is an error. White space at the ends is left out. A
    /// control character inside is an error.
    ///
    /// - Returns: `nil` when neither the key nor a place is given.
    package mutating func secret(
        _ key: String, from sources: SecretSources = .system
    ) throws(ConfigurationError) -> String? {
        let given = try text(key).map(Secret.init).flatMap { $0.isEmpty ? nil : $0 }
        if let problem = given?.problem { throw error(key, problem) }
        return try secret(SecretPlaces(of: key), from: sources, given: given?.text)
    }

    /// Reads a header's value, which is a text or an object such as `{"credential": "token", "prefix": "Bearer "}`.
    package mutating func secretTexts(
        _ key: String, from sources: SecretSources = .system
    ) throws(ConfigurationError) -> [(name: String, value: String)]? {
        guard let value = json(key) else { return nil }
        guard let object = value.objectValue else { throw error(key, "it must be an object, this is \(value.kind)") }
        var texts: [(name: String, value: String)] = []
        for (name, value) in object {
            switch value {
            case .string(let text): texts.append((name, text))
            case .object(let places):
                var reader = part("\(key).\(name)", places)
                let prefix = try reader.text("prefix") ?? ""
                let secret = try reader.secret(.ofHeader, from: sources, given: nil)
                try reader.finish()
                guard let secret else { throw error("\(key).\(name)", "name a file, a credential or a variable") }
                texts.append((name, prefix + secret))
            default: throw error("\(key).\(name)", "it must be a text or an object, this is \(value.kind)")
            }
        }
        return texts
    }

    /// Reads a secret from the place that the object names.
    ///
    /// - Parameter given: What is in the object itself.
    package mutating func secret(
        _ places: SecretPlaces, from sources: SecretSources, given: String?
    ) throws(ConfigurationError) -> String? {
        let file = try text(places.file)
        let credential = try text(places.credential)
        let variable = try text(places.variable)
        guard [given, file, credential, variable].compactMap({ $0 }).count <= 1 else {
            throw error(places.key, "give one of \(places.list(joined: "and"))")
        }
        if let file { return try secret(inFile: file, places.file, file, sources) }
        if let variable { return try secret(inVariable: variable, places.variable, sources) }
        guard let credential else { return given }
        guard !credential.isEmpty, !credential.contains("/"), credential != ".", credential != ".." else {
            throw error(places.credential, "\"\(credential)\" is not the name of a credential")
        }
        guard let directory = sources.credentials else {
            return try unavailable(
                places.credential,
                "this process has no credentials; start it as a service with LoadCredential=\(credential):PATH")
        }
        return try secret(inFile: "\(directory)/\(credential)", places.credential, credential, sources)
    }

    private func secret(
        inFile path: String, _ key: String, _ shown: String, _ sources: SecretSources
    ) throws(ConfigurationError) -> String {
        guard let file = sources.file(path) else { return try unavailable(key, "\(shown) cannot be read") }
        let secret = Secret(file.text)
        guard !secret.isEmpty else { throw error(key, "\(shown) is empty; write the key into it") }
        if let problem = secret.problem { throw error(key, "\(shown): \(problem)") }
        if let warning = file.warning { warn(key, warning) }
        return secret.text
    }

    private func secret(
        inVariable name: String, _ key: String, _ sources: SecretSources
    ) throws(ConfigurationError) -> String {
        // The text may be the key itself, by mistake; then it is not shown.
        let isName = name.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F || $0 < 0x3A }
        let shown = isName ? name : "variable of this name"
        note(variable: name)
        guard let secret = sources.variable(name).map(Secret.init), !secret.isEmpty else {
            let problem = "the environment has no \(shown)"
            // A text that is no name is a mistake in the file, for each command.
            guard isName else { throw error(key, problem) }
            return try unavailable(key, problem)
        }
        if let problem = secret.problem { throw error(key, "\(shown): \(problem)") }
        return secret.text
    }
}

/// The keys under which a configuration says where a secret is.
package struct SecretPlaces {
    /// The key of the secret itself.
    let key: String
    let file: String
    let credential: String
    let variable: String

    package init(of key: String) {
        self.init(key: key, file: "\(key)File", credential: "\(key)Credential", variable: "\(key)Variable")
    }

    /// The places of a header's value.
    static let ofHeader = SecretPlaces(key: "", file: "file", credential: "credential", variable: "variable")

    private init(key: String, file: String, credential: String, variable: String) {
        (self.key, self.file, self.credential, self.variable) = (key, file, credential, variable)
    }

    /// The keys, for messages.
    package func list(joined word: String) -> String {
        let names = [key, file, credential].filter { !$0.isEmpty }
        return "\(names.joined(separator: ", ")) \(word) \(variable)"
    }
}

/// The secrets of a file that this process cannot read. From any thread.
final class UnavailableSecrets: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock.
    private var list: [(place: String, problem: String)] = []

    func add(_ problem: String, at place: String) { lock.withLock { list.append((place, problem)) } }

    /// Why they cannot be read.
    ///
    /// - Parameter known: A secret of the file's top that came from elsewhere.
    func problems(besides known: SecretPlaces?) -> [String] {
        let places = known.map { [$0.file, $0.credential, $0.variable] } ?? []
        return lock.withLock { list.filter { entry in !places.contains(entry.place) }.map(\.problem) }
    }
}
