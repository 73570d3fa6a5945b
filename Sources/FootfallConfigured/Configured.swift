// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall

/// A client's configuration and plugins, as a configuration file has them.
///
/// The command `footfall` reads the same files in the same way, so a program and the scripts beside it
/// record and deliver alike.
///
/// ```swift
/// let analytics = try Configured(file: "/etc/kiosk/footfall.json").makeAnalytics()
/// analytics.track(name: "Order Completed", properties: ["total": 59.90])
/// ```
///
/// A file is JSON with `//` comments:
///
/// ```json
/// {
///   "writeKey": "WRITE_KEY",
///   "application": {"id": "com.example.Kiosk", "version": "2.1.0"},
///   "session": {"preset": "kiosk"},
///   "plugins": [{"type": "LinuxContext", "deviceType": "kiosk"}, {"type": "LinuxLifecycle"}],
///   "destinations": [{"type": "segment"}, {"type": "file", "path": "/var/log/kiosk/events.ndjson"}]
/// }
/// ```
///
/// `docs/command.md` has a table of all keys. What a program knows only when it runs, such as an error
/// handler, it sets before it makes the client:
///
/// ```swift
/// var configured = try Configured(profile: "kiosk")
/// configured.configuration = configured.configuration.errorHandler { print($0) }
/// for warning in configured.warnings { print(warning) }
/// let analytics = configured.makeAnalytics()
/// ```
///
/// A destination whose type is not known gets its place in the store, and its events wait there for a
/// program that knows the type. A misspelt type is an error.
///
/// The plugins are for one client, so the value cannot be copied.
public struct Configured: ~Copyable {
    /// The settings of the client.
    public var configuration: Configuration
    /// The plugins in the order in which they are added: the session plugin, the list `plugins`, the list
    /// `destinations`.
    public let plugins: [any Plugin]
    /// What should be changed although the configuration can be used, one sentence each.
    ///
    /// For example that a type is not known, that the group can write to the file, or that every user can read
    /// a key file.
    public let warnings: [String]
    private let types: PluginTypes

    /// Reads a file.
    ///
    /// The file decides where events go, so it must belong to root or to the user, and no other user may be
    /// able to write to it.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - types: The types that the file may name.
    /// - Throws: `ConfigurationError`, with the file, the line, the key, and what is expected.
    public init(file path: String, types: PluginTypes = .standard) throws(ConfigurationError) {
        try self.init(ConfigurationFile(path: path), types)
    }

    /// Reads the text of a file. Messages call it `configuration`.
    ///
    /// - Parameters:
    ///   - text: JSON, perhaps with `//` comments.
    ///   - types: The types that the text may name.
    /// - Throws: `ConfigurationError`, with the line, the key, and what is expected.
    public init(json text: String, types: PluginTypes = .standard) throws(ConfigurationError) {
        try self.init(ConfigurationFile(bytes: Array(text.utf8), name: "configuration"), types)
    }

    /// Reads an object with the keys of a file.
    ///
    /// - Parameters:
    ///   - object: The object.
    ///   - types: The types that the object may name.
    /// - Throws: `ConfigurationError`, with the key, and what is expected.
    public init(json object: JSONObject, types: PluginTypes = .standard) throws(ConfigurationError) {
        try self.init(json: object.text, types: types)
    }

    /// Reads the file of a profile, as `footfall --profile NAME` does: `footfall/NAME.json` in
    /// `$XDG_CONFIG_HOME` (else `~/.config`), else in `/etc`.
    ///
    /// The profile names the store as well, unless the file has a `stateDirectory`.
    ///
    /// - Parameters:
    ///   - name: The name of the profile; the command's is `default` unless it is given another.
    ///   - types: The types that the file may name.
    /// - Throws: `ConfigurationError`, also when there is no such file.
    public init(profile name: String, types: PluginTypes = .standard) throws(ConfigurationError) {
        let profile = try ConfigurationProfile(name: name, source: "profile")
        guard let path = try profile.file(cure: "; make it readable") else {
            throw ConfigurationError(
                file: "profile \(name)",
                problem: "\(profile.places.joined(separator: " and ")) are not there; make one of them, with {} in it")
        }
        try self.init(ConfigurationFile(path: path), types)
        if configuration.stateDirectory == nil { configuration.stateDirectory = profile.stateDirectory }
    }

    /// - Parameter endpoint: Replaces the address of Segment.
    init(
        _ file: ConfigurationFile, _ types: PluginTypes, endpoint: String? = nil
    ) throws(ConfigurationError) {
        var configuration = file.configuration
        if let problem = configuration.stateDirectory.flatMap({ StateLocation.problem(ofDirectory: $0) }) {
            throw file.error("stateDirectory", problem)
        }
        let session = try SessionConfiguration(file.session).map { AmplitudeSession(configuration: $0) }
        let list = try PluginList(file, types: types, role: configuration.role)
        let destinations = try DestinationList(file, types: types, writeKey: configuration.writeKey, endpoint: endpoint)
        configuration.trackApplicationLifecycleEvents = list.tracksLifecycle
        self.configuration = configuration
        self.types = types
        var plugins: [any Plugin] = []
        if let session { plugins.append(session) }
        self.plugins = plugins + list.enabled + destinations.enabled
        // Some came when the destinations were made.
        warnings = file.warnings
    }

    /// Makes the client.
    public consuming func makeAnalytics() -> Analytics {
        // The plugins were made for this client, and the value that had them ends here.
        nonisolated(unsafe) let plugins = plugins
        let analytics = Analytics(configuration: configuration, plugins: plugins)
        analytics.declare(types)
        return analytics
    }
}

extension Analytics {
    /// Takes up the events that wait for one of these types of plugins, although the file has it no more or has it
    /// switched off. Before the first event.
    package func declare(_ types: PluginTypes) { declare(pluginTypes: Set(types.pluginNames)) }
}

extension SessionConfiguration {
    /// The key `session` of a file; `nil` where sessions are switched off.
    package init?(_ session: ConfigurationSwitch) throws(ConfigurationError) {
        switch session {
        case .absent: self.init()
        case .off: return nil
        case .on(let object): try self.init(object)
        }
    }
}
