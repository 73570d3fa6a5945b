// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallConfigured
import FootfallStore

/// The configuration of one run: options of the command line, then environment
/// variables, then the configuration file. The first of them that has a value wins.
struct Settings {
    var configuration: Configuration
    /// `nil` when the configuration has `"session": false`.
    var sessions: SessionConfiguration?
    /// Whether FOOTFALL_SESSION keeps events out of sessions.
    private let isSessionOff: Bool
    /// Whether FOOTFALL_WRITE_KEY has the key.
    private let isKeyGiven: Bool
    private let file: ConfigurationFile
    /// The path of the file; `nil` without one.
    let path: String?
    /// The name of the profile.
    let profileName: String
    /// The destinations; none when one of them has a fault that is tolerated. Like ``plugins`` they are
    /// for one client.
    private(set) var destinations = DestinationList()
    /// The other plugins of the file.
    private(set) var plugins: [any Plugin] = []

    /// - Parameter faults: What a fault leads to that leaves the state directory known.
    init(_ options: Globals, faults: FaultTolerance = .end) throws {
        let profile = try Profile(options)
        profileName = profile.name
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
                    try ConfigurationFile(path: path, needsSecrets: false)
                }
            } ?? ConfigurationFile()
        // The command waits for each commit, so the file's durability is for apps.
        configuration = file.configuration.role(.command).durability(.process)
        let key = try faults.value(or: nil, Configured.writeKeyOfEnvironment)
        isKeyGiven = key != nil
        if let key { configuration.writeKey = key }
        let endpoint = try faults.value(or: nil, Configured.endpointOfEnvironment)
        isSessionOff = try faults.value(or: false, Self.isSessionOff)
        let given = try stateDirectory(options)
        configuration.stateDirectory = given ?? profile.stateDirectory
        sessions = try faults.value(or: nil) { try SessionConfiguration(file.session) }
        destinations = try faults.value(or: DestinationList()) {
            try Self.destinations(file, writeKey: configuration.writeKey, endpoint)
        }
        plugins = try faults.value(or: []) {
            try PluginList(file, types: .standard, role: .command).enabled
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
        if given == nil, let hint = applicationStore { warnings.append(hint) }
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
    private var variables: [String] { file.variables }

    /// Why keys cannot be read here. Only a command that delivers needs them.
    var unavailableSecrets: [String] { file.unavailableSecrets(hasWriteKey: isKeyGiven) }

    /// Why this command cannot deliver; `nil` when it can try.
    var obstacle: String? {
        unavailableSecrets.first ?? (destinations.deliverable.isEmpty ? "no destination is configured" : nil)
    }

    private static func path(_ options: Globals, _ profile: Profile) throws -> String? {
        try options.config ?? StateLocation.environment("FOOTFALL_CONFIG") ?? profile.file()
    }

    /// A warning where the file's application has a store of its own and this one is not there yet. An app that reads a
    /// file keeps its events under its id, and not under the profile's name.
    private var applicationStore: String? {
        guard let id = configuration.application?.id, let own = configuration.stateDirectory,
            StateDirectory.isMissing(own), let other = StateLocation.directory(named: id), other != own,
            !StateDirectory.isMissing(other)
        else { return nil }
        return "\(own) is not there, but the application \(id) has a store; add --profile \(shellWord(id)) to use it"
    }

    /// For `--verbose`: what this run reads and writes, and where events go.
    private func tellPlaces() throws {
        let names = destinations.enabled.map(\.name)
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
            if let problem = StateLocation.problem(ofDirectory: path) {
                throw CommandExit(.usage, "\(source): \(problem)")
            }
            return path
        }
        return nil
    }

    /// The session plugin; `nil` when sessions are switched off.
    func makeSession() -> AmplitudeSession? { sessions.map { AmplitudeSession(configuration: $0) } }

    private static func destinations(
        _ file: ConfigurationFile, writeKey: String, _ endpoint: Endpoint?
    ) throws -> DestinationList {
        guard file.destinations != nil || !writeKey.isEmpty || endpoint == nil else {
            throw CommandExit(
                .usage,
                "FOOTFALL_ENDPOINT: its destination needs a write key; set FOOTFALL_WRITE_KEY, or writeKey in the "
                    + "configuration")
        }
        return try DestinationList(file, types: .standard, writeKey: writeKey, endpoint: endpoint?.url)
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
