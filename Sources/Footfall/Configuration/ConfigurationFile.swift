// SPDX-License-Identifier: MIT
import FootfallStore

/// A configuration file: JSON with `//` comments.
///
/// The keys are `writeKey`, `stateDirectory`, `application {id, name,
/// version, build}`, `durability` (`deferred`, `process` or `immediate`), `delivers`,
/// `flushAt`, `flushInterval`, `flushOnStart`, `caFile`, `proxy`, `noProxy`, `monthlyBudget`,
/// `maxStoreSize`, `maxStoredEvents`, `maxEventAge`, `context`, `session` (an object or `false`),
/// `plugins` and `destinations` (arrays). The plugins' documentation names the keys of
/// `session`, of a plugin and of a destination.
///
/// The product `FootfallConfigured` makes a client with all plugins of a file. This type is for a
/// program that makes its plugins itself:
///
/// ```swift
/// let file = try ConfigurationFile(path: "/etc/kiosk/footfall.json")
/// let analytics = Analytics(configuration: file.configuration)
/// for object in file.destinations ?? [] { analytics.add(plugin: try WebhookDestination(object)) }
/// ```
public struct ConfigurationFile: Sendable {
    /// The settings of the client.
    public var configuration: Configuration
    /// The value of `session`, for `AmplitudeSession`.
    public var session: ConfigurationSwitch
    /// The other plugins, in their order; `nil` when the file has no `plugins`.
    public var plugins: [ConfigurationObject]?
    /// The destinations, in their order; `nil` when the file has no `destinations`.
    public var destinations: [ConfigurationObject]?
    /// Whether the command adds what the machine is to its events, as `"context": "linux"` asks for.
    package private(set) var keepsContext = false
    private let source: ConfigurationSource

    /// What should be changed although the file can be used, one sentence each.
    ///
    /// For example that the group can write to the file, or that every user can read a
    /// key file; the latter is known once its destination was made.
    public var warnings: [String] { source.warnings.all }

    /// Why secrets cannot be read that the file names a place for, one sentence each. Empty when that was an error.
    ///
    /// - Parameter hasWriteKey: Whether the write key at the top of the file came from elsewhere.
    package func unavailableSecrets(hasWriteKey: Bool) -> [String] {
        source.unavailableSecrets?.problems(besides: hasWriteKey ? SecretPlaces(of: "writeKey") : nil) ?? []
    }

    /// The environment variables that keys were looked for in so far.
    package var variables: [String] { source.variables.all }

    /// An error about a key at the top of the file.
    package func error(_ key: String, _ problem: String) -> ConfigurationError {
        ConfigurationError(file: source.name, line: source.lines[key], problem: "\(key): \(problem)")
    }

    /// Every default, as if there were no file.
    public init() {
        configuration = Configuration(writeKey: "")
        session = .absent
        source = ConfigurationSource(name: "", lines: [:], unavailableSecrets: nil)
    }

    /// Reads a file.
    ///
    /// The file decides where events go, so it must belong to root or to the user, and no
    /// other user may be able to write to it.
    public init(path: String) throws(ConfigurationError) { try self.init(path: path, needsSecrets: true) }

    /// - Parameter needsSecrets: Whether a secret that cannot be read is an error. Otherwise it is listed in
    ///   ``unavailableSecrets(hasWriteKey:)``: a process that only records needs none.
    package init(path: String, needsSecrets: Bool) throws(ConfigurationError) {
        let file = try Self.file(path)
        try self.init(file.bytes, path, needsSecrets: needsSecrets)
        if let warning = file.warning { source.warnings.add(warning) }
    }

    /// Reads `stateDirectory` alone, whatever is wrong with the other keys. `nil` when the file does
    /// not have it.
    package static func stateDirectory(path: String) throws(ConfigurationError) -> String? {
        var (root, _) = try root(try file(path).bytes, name: path, needsSecrets: false)
        return try stateDirectory(&root)
    }

    private static func stateDirectory(_ root: inout ConfigurationObject) throws(ConfigurationError) -> String? {
        let path = try root.text("stateDirectory")
        if path?.isEmpty == true { throw root.error("stateDirectory", "it is empty") }
        return path
    }

    private static func file(_ path: String) throws(ConfigurationError) -> TrustedFile {
        do throws(StoreError) {
            return try .configuration(path)
        } catch {
            throw ConfigurationError(file: path, problem: "it cannot be read (\(error.detail))")
        }
    }

    /// Reads the text of a file.
    ///
    /// - Parameters:
    ///   - bytes: The text, in UTF-8.
    ///   - name: The file's name in messages.
    public init(bytes: [UInt8], name: String) throws(ConfigurationError) {
        try self.init(bytes, name, needsSecrets: true)
    }

    private init(_ bytes: [UInt8], _ name: String, needsSecrets: Bool) throws(ConfigurationError) {
        var root: ConfigurationObject
        (root, source) = try Self.root(bytes, name: name, needsSecrets: needsSecrets)
        configuration = Configuration(writeKey: try root.secret("writeKey") ?? "")
        configuration.stateDirectory = try Self.stateDirectory(&root)
        if let name = try root.text("durability") {
            guard let durability = Durability(configured: name) else {
                throw root.error("durability", "\(name) is none of \(Durability.configurable)")
            }
            configuration.durability = durability
        }
        if let delivers = try root.flag("delivers") { configuration.delivers = delivers }
        if let flushAt = try root.count("flushAt") { configuration.flushAt = flushAt }
        if let interval = try root.duration("flushInterval") { configuration.flushInterval = interval }
        if let flushes = try root.flag("flushOnStart") { configuration.flushOnStart = flushes }
        configuration.certificateAuthorityFile = try root.text("caFile")
        // An empty text means no proxy. The address may have a password.
        let proxy = try root.text("proxy").map(Secret.init)
        if let problem = proxy?.problem { throw root.error("proxy", problem) }
        configuration.proxy = try root.secret(SecretPlaces(of: "proxy"), from: .system, given: proxy?.text)
        if let budget = try root.size("monthlyBudget") { configuration.monthlyBudget = budget }
        configuration.noProxy = try root.text("noProxy")
        if let size = try root.size("maxStoreSize") { configuration.maximumStoreSize = size }
        if let count = try root.count("maxStoredEvents") { configuration.maximumStoredEvents = count }
        if let age = try root.duration("maxEventAge") { configuration.maximumEventAge = age }
        if var application = try root.object("application") {
            guard let id = try application.text("id") else { throw application.error("id", "it is missing") }
            configuration.application = Configuration.Application(
                id: id, name: try application.text("name"), version: try application.text("version"),
                build: try application.text("build"))
            try application.finish()
        }
        if let context = try root.text("context") {
            guard context == "linux" else {
                throw root.error("context", "it must be \"linux\", this is \"\(context)\"")
            }
            keepsContext = true
        }
        session = try root.objectOrFalse("session")
        plugins = try root.objects("plugins")
        destinations = try root.objects("destinations")
        try root.finish()
    }

    /// Parses the text of a file.
    private static func root(
        _ bytes: [UInt8], name: String, needsSecrets: Bool
    ) throws(ConfigurationError) -> (ConfigurationObject, ConfigurationSource) {
        let lines = Lines(of: bytes)
        var options = JSONParser.Options()
        options.allowsComments = true
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(JSONError) in try JSONParser.parseWithPositions(bytes, options: options) }
        }
        let value: JSON
        let positions: [String: Int]
        switch result {
        case .success(let parsed): (value, positions) = parsed
        case .failure(let error):
            let place = error.field.isEmpty ? "" : "\(error.field): "
            throw ConfigurationError(file: name, line: lines.number(at: error.offset), problem: place + error.problem)
        }
        guard let object = value.objectValue else {
            throw ConfigurationError(file: name, line: 1, problem: "it must be a JSON object, this is \(value.kind)")
        }
        let source = ConfigurationSource(
            name: name, lines: positions.mapValues(lines.number),
            unavailableSecrets: needsSecrets ? nil : UnavailableSecrets())
        return (ConfigurationObject(source, path: "", object: object), source)
    }
}

/// Which line a byte of a text is in.
private struct Lines {
    private let ends: [Int]

    init(of bytes: [UInt8]) { ends = bytes.indices.filter { bytes[$0] == 0x0A } }

    /// Counted from 1.
    func number(at offset: Int) -> Int {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] < offset { low = middle + 1 } else { high = middle }
        }
        return low + 1
    }
}
