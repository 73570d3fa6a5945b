// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// Why a configuration cannot be used: the key, its line, and what is expected.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// The file's name.
    public var file: String
    /// The line, counted from 1; `nil` when a key is missing.
    public var line: Int?
    /// What is wrong, with the key and what is expected. Passwords in addresses are `***`.
    public var problem: String

    /// An error at a place of a file.
    public init(file: String, line: Int? = nil, problem: String) {
        self.file = file
        self.line = line
        // A value is quoted where it is wrong.
        self.problem = ShownText.withoutPasswords(problem)
    }

    /// The file, the line and the problem, as `kiosk.json:3: flushAt: it must be …`.
    public var description: String {
        line.map { "\(file):\($0): \(problem)" } ?? "\(file): \(problem)"
    }
}

/// One object of a configuration file, read key by key.
///
/// Each method returns `nil` when the key is missing or `null`, and throws when its value is
/// of the wrong kind. ``finish()`` throws when the object has a key that was not read, so
/// a misspelt key is an error with its line.
///
/// ```swift
/// var object = configuration
/// let endpoint = try object.text("endpoint")
/// let gzip = try object.flag("gzip") ?? true
/// try object.finish()
/// ```
public struct ConfigurationObject: Sendable {
    private let source: ConfigurationSource
    private let path: String
    private let object: JSONObject
    private var asked: Set<UTF8Key> = []

    init(_ source: ConfigurationSource, path: String, object: JSONObject) {
        self.source = source
        self.path = path
        self.object = object
    }

    /// An object that a program made, with the keys of a configuration file.
    public init(_ object: JSONObject) {
        self.init(
            ConfigurationSource(name: "configuration", lines: [:], unavailableSecrets: nil), path: "", object: object)
    }

    /// An error about a key of this object.
    public func error(_ key: String, _ problem: String) -> ConfigurationError {
        let place = place(key)
        return ConfigurationError(file: source.name, line: source.lines[place], problem: "\(place): \(problem)")
    }

    /// Adds a sentence about a key to ``ConfigurationFile/warnings``, once.
    package func warn(_ key: String, _ problem: String) { source.warnings.add(error(key, problem).description) }

    /// The secret of a key is in a place that this process cannot read.
    ///
    /// That is an error, unless the file is read for a process that has no use for secrets.
    ///
    /// - Returns: A text in place of the secret.
    func unavailable(_ key: String, _ problem: String) throws(ConfigurationError) -> String {
        let error = error(key, problem)
        guard let list = source.unavailableSecrets else { throw error }
        list.add(error.description, at: place(key))
        return "unavailable"
    }

    /// Notes that an environment variable is looked for.
    func note(variable name: String) { source.variables.add(name) }

    /// An object that is the value of a key.
    func part(_ key: String, _ object: JSONObject) -> ConfigurationObject {
        ConfigurationObject(source, path: place(key), object: object)
    }

    private func place(_ key: String) -> String { path.isEmpty ? key : key.isEmpty ? path : "\(path).\(key)" }

    private mutating func value(_ key: String) -> JSON? {
        asked.insert(UTF8Key(key))
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    private func wrong(_ key: String, _ expected: String, _ value: JSON) -> ConfigurationError {
        error(key, "it must be \(expected), this is \(value.kind)")
    }

    /// Reads a text.
    public mutating func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.stringValue else { throw wrong(key, "a text", value) }
        return text
    }

    /// Reads true or false.
    public mutating func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let flag = value.boolValue else { throw wrong(key, "true or false", value) }
        return flag
    }

    /// Reads a whole number of at least 1.
    public mutating func count(_ key: String) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.intValue, let count = Int(exactly: number), count > 0 else {
            throw wrong(key, "a whole number above 0", value)
        }
        return count
    }

    /// Reads a duration: a number of seconds, or a text as `30m`, `1.5s`, `250ms`, `12h`, `90d`.
    public mutating func duration(_ key: String) throws(ConfigurationError) -> Duration? {
        guard let value = value(key) else { return nil }
        let expected = "seconds or a text as 30m or 1.5s"
        if let seconds = value.doubleValue, seconds >= 0, seconds <= 0x1p33 {
            return .milliseconds(Int64(seconds * 1_000))
        }
        guard let text = value.stringValue else { throw wrong(key, expected, value) }
        guard let duration = Duration(configured: text) else {
            throw error(key, "\(text) is not a duration; it must be \(expected)")
        }
        return duration
    }

    /// Reads a size in bytes: a whole number, or a text as `64MiB`, `500kB`.
    public mutating func size(_ key: String) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        let expected = "bytes or a text as 64MiB"
        if let bytes = value.intValue, bytes > 0, let size = Int(exactly: bytes) { return size }
        guard let text = value.stringValue else { throw wrong(key, expected, value) }
        guard let size = ByteSize(text)?.bytes else { throw error(key, "\(text) is no size; it must be \(expected)") }
        return size
    }

    /// Reads an object whose values are texts, such as HTTP headers.
    public mutating func texts(_ key: String) throws(ConfigurationError) -> [(name: String, value: String)]? {
        guard let value = value(key) else { return nil }
        guard let object = value.objectValue else { throw wrong(key, "an object", value) }
        var texts: [(name: String, value: String)] = []
        for (name, value) in object {
            guard let text = value.stringValue else { throw wrong("\(key).\(name)", "a text", value) }
            texts.append((name, text))
        }
        return texts
    }

    /// Reads an object.
    public mutating func object(_ key: String) throws(ConfigurationError) -> ConfigurationObject? {
        guard let value = value(key) else { return nil }
        guard let object = value.objectValue else { throw wrong(key, "an object", value) }
        return part(key, object)
    }

    /// Reads an object, or `false` for something that is switched off.
    public mutating func objectOrFalse(_ key: String) throws(ConfigurationError) -> ConfigurationSwitch {
        guard let value = value(key) else { return .absent }
        if value == .bool(false) { return .off }
        guard let object = value.objectValue else { throw wrong(key, "an object or false", value) }
        return .on(ConfigurationObject(source, path: place(key), object: object))
    }

    /// Reads a text, or `false` for something that is switched off.
    package mutating func textOrFalse(_ key: String) throws(ConfigurationError) -> ConfigurationText {
        guard let value = value(key) else { return .absent }
        if value == .bool(false) { return .off }
        guard let text = value.stringValue else { throw wrong(key, "a text or false", value) }
        return .text(text)
    }

    /// Reads any JSON, for a value that is checked elsewhere.
    public mutating func json(_ key: String) -> JSON? { value(key) }

    /// Reads an array of objects.
    public mutating func objects(_ key: String) throws(ConfigurationError) -> [ConfigurationObject]? {
        guard let value = value(key) else { return nil }
        guard let elements = value.arrayValue else { throw wrong(key, "an array of objects", value) }
        var objects: [ConfigurationObject] = []
        for (index, element) in elements.enumerated() {
            guard let object = element.objectValue else { throw wrong("\(key)[\(index)]", "an object", element) }
            objects.append(ConfigurationObject(source, path: place("\(key)[\(index)]"), object: object))
        }
        return objects
    }

    /// Throws when the object has a key that was not read.
    public func finish() throws(ConfigurationError) {
        for (key, _) in object where !asked.contains(UTF8Key(key)) {
            let known = asked.map(\.text).sorted()
            let question = Suggestion.question(for: key, among: known)
            let cure = question.isEmpty ? "; known are \(known.joined(separator: ", "))" : question
            throw error(key, "this key is not known here\(cure)")
        }
    }
}

/// The value of a key that takes an object or `false`.
public enum ConfigurationSwitch: Sendable {
    /// The key is missing: use the defaults.
    case absent
    /// The value is `false`.
    case off
    /// The value is an object.
    case on(ConfigurationObject)
}

/// The value of a key that takes a text or `false`.
package enum ConfigurationText: Sendable, Equatable {
    case absent, off
    case text(String)
}

/// The file that an object comes from, for messages.
struct ConfigurationSource: Sendable {
    var name: String
    /// The line of each key, by the key's path.
    var lines: [String: Int]
    /// Shared by all objects of the file.
    let warnings = ConfigurationWarnings()
    /// The errors about secrets that this process cannot read; `nil` when each of them is thrown.
    let unavailableSecrets: UnavailableSecrets?
    /// The environment variables that were looked for.
    let variables = ConfigurationWarnings()
}

/// Texts about a configuration, such as its warnings, each once. From any thread.
final class ConfigurationWarnings: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock.
    private var texts: [String] = []

    var all: [String] { lock.withLock { texts } }

    func add(_ text: String) {
        lock.withLock { if !texts.contains(text) { texts.append(text) } }
    }
}
