// SPDX-License-Identifier: MIT
import AmplitudeActions
import AmplitudeSession
import FileDestination
import Footfall
import SegmentDestination
import WebhookDestination

/// The configuration of one run: options of the command line, then environment
/// variables, then the configuration file. The first of them that has a value wins.
struct Settings {
    var configuration: Configuration
    /// `nil` when the configuration has `"session": false`.
    var sessions: SessionConfiguration?
    /// Whether FOOTFALL_SESSION keeps events out of sessions.
    private let isSessionOff: Bool
    private let file: ConfigurationFile
    /// The path of the file; `nil` without one.
    private let path: String?
    private let endpoint: Endpoint?
    /// Whether a destination has a fault and the command does without all of them.
    private var lacksDestinations = false

    /// - Parameter faults: What a fault leads to that leaves the state directory known.
    init(_ options: Globals, faults: FaultTolerance = .end) throws {
        let profile = try Profile(options)
        guard options.stateDir?.isEmpty != true else { throw CommandExit(.usage, "--state-dir: it must not be empty") }
        guard options.config?.isEmpty != true else { throw CommandExit(.usage, "--config: it must not be empty") }
        let isDirectoryGiven = options.stateDir != nil || StateLocation.environment("FOOTFALL_STATE_DIR") != nil
        var faults = faults
        // The directory is known without the file only when it is given.
        path =
            try isDirectoryGiven
            ? faults.value(or: nil) { try Self.path(options, profile) } : Self.path(options, profile)
        file =
            try path.map { path in
                try faults.value(or: try Self.file(path, withDirectory: !isDirectoryGiven)) {
                    try ConfigurationFile(path: path)
                }
            } ?? ConfigurationFile()
        configuration = file.configuration.role(.command)
        if let key = try faults.value(or: nil, Self.writeKey) { configuration.writeKey = key }
        endpoint = try faults.value(or: nil, Self.endpoint)
        isSessionOff = try faults.value(or: false, Self.isSessionOff)
        configuration.stateDirectory = try stateDirectory(options) ?? StateLocation.directory(named: profile.name)
        sessions = try faults.value(or: nil, session)
        // Reports a faulty destination at once instead of at the first delivery.
        lacksDestinations = try faults.value(or: true) {
            _ = try destinations()
            return false
        }
        if options.verbose { try tellPlaces() }
        // A variable that is not UTF-8 may be the one that names the directory.
        let misspelt =
            try isDirectoryGiven
            ? faults.value(or: []) { try EnvironmentVariables.warnings(except: variables) }
            : EnvironmentVariables.warnings(except: variables)
        var warnings = faults.warnings
        if path == nil, warnings.isEmpty, let absence = profile.absence { warnings.append(absence) }
        warnings += misspelt + file.warnings
        if !options.quiet { for warning in warnings { Console.complain("warning: \(warning)") } }
    }

    /// What is left of a file with a fault: its state directory, if that is needed.
    private static func file(_ path: String, withDirectory needsDirectory: Bool) throws -> ConfigurationFile {
        var file = ConfigurationFile()
        guard needsDirectory else { return file }
        file.configuration.stateDirectory = try readingConfiguration {
            try ConfigurationFile.stateDirectory(path: path)
        }
        return file
    }

    /// The environment variables that the destinations take their keys from.
    private var variables: [String] {
        (file.destinations ?? []).flatMap { object in
            var reader = object
            return ["apiKeyVariable", "secretKeyVariable"].compactMap { reader.json($0)?.stringValue }
        }
    }

    private static func path(_ options: Globals, _ profile: Profile) throws -> String? {
        try options.config ?? StateLocation.environment("FOOTFALL_CONFIG") ?? profile.file()
    }

    private static func writeKey() throws -> String? {
        guard let key = StateLocation.environment("FOOTFALL_WRITE_KEY").map(Secret.init), !key.isEmpty else {
            return nil
        }
        if let problem = key.problem { throw CommandExit(.usage, "FOOTFALL_WRITE_KEY: \(problem)") }
        return key.text
    }

    private static func endpoint() throws -> Endpoint? {
        try StateLocation.environment("FOOTFALL_ENDPOINT").map { text in
            guard let endpoint = Endpoint(text) else {
                throw CommandExit(.usage, "FOOTFALL_ENDPOINT: \(text): \(Endpoint.rule)")
            }
            return endpoint
        }
    }

    /// For `--verbose`: what this run reads and writes, and where events go.
    private func tellPlaces() throws {
        let names = try destinations().map(\.name)
        Console.say("configuration  \(path ?? "none")")
        Console.say("store          \(configuration.stateDirectory ?? "none")")
        Console.say("destinations   \(names.isEmpty ? "none" : names.joined(separator: ", "))")
    }

    private static func isSessionOff() throws -> Bool {
        switch StateLocation.environment("FOOTFALL_SESSION") {
        case nil, "on": return false
        case "off": return true
        case let other?: throw CommandExit(.usage, "FOOTFALL_SESSION: \(other): it must be on or off")
        }
    }

    /// The settings for recording events: without sessions where `--no-session` or
    /// FOOTFALL_SESSION asks for that.
    func recording(noSession: Bool) -> Settings {
        guard noSession || isSessionOff else { return self }
        var settings = self
        settings.sessions = nil
        return settings
    }

    /// The directory that an option, a variable or the file names; `nil` when none does.
    private func stateDirectory(_ options: Globals) throws -> String? {
        let given = [
            ("--state-dir", options.stateDir), ("FOOTFALL_STATE_DIR", StateLocation.environment("FOOTFALL_STATE_DIR")),
            ("stateDirectory", configuration.stateDirectory),
        ]
        for case (let source, let path?) in given {
            // A shell does not expand it in --state-dir=~/x, in quotes or in a file. Here it would be a
            // directory called ~, which is removed at the user's risk.
            guard !path.hasPrefix("~") else {
                throw CommandExit(
                    .usage, "\(source): \(path): ~ is not expanded here; write the whole path, or ./\(path)")
            }
            return path
        }
        return nil
    }

    private func session() throws -> SessionConfiguration? {
        switch file.session {
        case .absent: SessionConfiguration()
        case .off: nil
        case .on(let object): try SessionConfiguration(object)
        }
    }

    /// The session plugin; `nil` when sessions are switched off.
    func makeSession() -> AmplitudeSession? { sessions.map { AmplitudeSession(configuration: $0) } }

    /// The destinations of the file. When it has no `destinations`: Segment, if there is
    /// a write key.
    func destinations() throws -> [any DestinationPlugin] {
        guard !lacksDestinations else { return [] }
        return try readingConfiguration {
            guard let objects = file.destinations else {
                guard !configuration.writeKey.isEmpty else {
                    guard endpoint != nil else { return [] }
                    throw CommandExit(
                        .usage,
                        "FOOTFALL_ENDPOINT: its destination needs a write key; set FOOTFALL_WRITE_KEY, or writeKey in the "
                            + "configuration")
                }
                return [
                    SegmentDestination(
                        endpoint: endpoint?.url ?? SegmentDestination.defaultEndpoint, writeKey: configuration.writeKey)
                ]
            }
            var names: Set<UTF8Key> = []
            let destinations: [any DestinationPlugin] = try objects.compactMap { object in
                let (destination, isEnabled) = try destination(object)
                guard isEnabled else { return nil }
                try check(destination.name, object)
                guard names.insert(UTF8Key(destination.name)).inserted else {
                    throw object.error("name", "two destinations are called \(destination.name); rename one")
                }
                return destination
            }
            guard destinations.count <= Limits.destinations else {
                throw CommandExit(
                    .usage,
                    "destinations: \(destinations.count) are configured, but a store has room for \(Limits.destinations); remove some"
                )
            }
            return destinations
        }
    }

    /// The names of the destinations that the file has and that are not enabled.
    func disabledDestinations() throws -> [String] {
        try readingConfiguration {
            try (file.destinations ?? []).compactMap { object in
                let (destination, isEnabled) = try destination(object)
                return isEnabled ? nil : destination.name
            }
        }
    }

    /// The name becomes part of a file name and a key in `integrations`, and it is printed.
    private func check(_ name: String, _ object: ConfigurationObject) throws {
        let isPlain = !name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
        guard !name.isBlank, name.lowercased() != "all", name.utf8.count <= 60, isPlain else {
            throw object.error("name", "it must have 1 to 60 bytes, without control characters, and must not be All")
        }
    }

    private func destination(
        _ object: ConfigurationObject
    ) throws -> (plugin: any DestinationPlugin, isEnabled: Bool) {
        var reader = object
        let isEnabled = try reader.flag("enabled") ?? true
        guard let type = try reader.text("type") else { throw object.error("type", "it is missing") }
        let destination: any DestinationPlugin
        switch type {
        case "segment":
            destination = try SegmentDestination(
                object, writeKey: configuration.writeKey, endpoint: endpoint?.url)
        case "webhook": destination = try WebhookDestination(object)
        case "file": destination = try FileDestination(object)
        case "amplitude": destination = try AmplitudeActions(object)
        default: throw object.error("type", "\(type) is none of segment, amplitude, webhook, file")
        }
        return (destination, isEnabled)
    }
}

/// Ends the command when `body` finds an error in the configuration.
func readingConfiguration<R>(_ body: () throws -> R) throws -> R {
    do {
        return try body()
    } catch let error as ConfigurationError {
        throw CommandExit(.usage, error.description)
    }
}
