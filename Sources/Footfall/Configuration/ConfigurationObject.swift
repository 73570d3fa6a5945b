// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// Why a configuration is not usable: which key, on which line, and what it
/// should be.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    public var file: String
    /// Where it is; `nil` when something is missing.
    public var line: Int?
    public var problem: String

    public init(file: String, line: Int? = nil, problem: String) {
        self.file = file
        self.line = line
        // A value is quoted where it is wrong.
        self.problem = ShownText.withoutPasswords(problem)
    }

    public var description: String {
        line.map { "\(file):\($0): \(problem)" } ?? "\(file): \(problem)"
    }
}

/// One object of a configuration file, read key by key.
///
/// ``finish()`` refuses what nobody asked for, so that a misspelt key is an
/// error with its line, never silence.
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

    /// An object that comes from a program instead of a file.
    public init(_ object: JSONObject) {
        self.init(ConfigurationSource(name: "configuration", lines: [:]), path: "", object: object)
    }

    /// An error about a key of this object.
    public func error(_ key: String, _ problem: String) -> ConfigurationError {
        let place = place(key)
        return ConfigurationError(file: source.name, line: source.lines[place], problem: "\(place): \(problem)")
    }

    /// Notes that something about a key should be changed, though it is not wrong;
    /// ``ConfigurationFile/warnings`` has it. Told twice, it is there once.
    package func warn(_ key: String, _ problem: String) { source.warnings.add(error(key, problem).description) }

    private func place(_ key: String) -> String { path.isEmpty ? key : key.isEmpty ? path : "\(path).\(key)" }

    private mutating func value(_ key: String) -> JSON? {
        asked.insert(UTF8Key(key))
        guard let value = object[key], !value.isNull else { return nil }
        return value
    }

    private func wrong(_ key: String, _ expected: String, _ value: JSON) -> ConfigurationError {
        error(key, "it must be \(expected), this is \(value.kind)")
    }

    /// A text.
    public mutating func text(_ key: String) throws(ConfigurationError) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.stringValue else { throw wrong(key, "a text", value) }
        return text
    }

    /// True or false.
    public mutating func flag(_ key: String) throws(ConfigurationError) -> Bool? {
        guard let value = value(key) else { return nil }
        guard let flag = value.boolValue else { throw wrong(key, "true or false", value) }
        return flag
    }

    /// A whole number, at least 1.
    public mutating func count(_ key: String) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.intValue, let count = Int(exactly: number), count > 0 else {
            throw wrong(key, "a whole number above 0", value)
        }
        return count
    }

    /// A time: whole seconds, or a text as `30m`, `1.5s`, `250ms`, `12h`, `90d`.
    public mutating func duration(_ key: String) throws(ConfigurationError) -> Duration? {
        guard let value = value(key) else { return nil }
        let expected = "whole seconds or a text as 30m or 1.5s"
        if let seconds = value.intValue, seconds >= 0, seconds <= 1 << 33 { return .seconds(seconds) }
        guard let text = value.stringValue else { throw wrong(key, expected, value) }
        guard let duration = Duration(configured: text) else {
            throw error(key, "\(text) is no time; it must be \(expected)")
        }
        return duration
    }

    /// A size in bytes: a whole number, or a text as `64MiB`, `500kB`.
    public mutating func size(_ key: String) throws(ConfigurationError) -> Int? {
        guard let value = value(key) else { return nil }
        let expected = "bytes or a text as 64MiB"
        if let bytes = value.intValue, bytes > 0, let size = Int(exactly: bytes) { return size }
        guard let text = value.stringValue else { throw wrong(key, expected, value) }
        guard let size = ByteSize(text)?.bytes else { throw error(key, "\(text) is no size; it must be \(expected)") }
        return size
    }

    /// An object of texts, such as HTTP headers.
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

    /// An object.
    public mutating func object(_ key: String) throws(ConfigurationError) -> ConfigurationObject? {
        guard let value = value(key) else { return nil }
        guard let object = value.objectValue else { throw wrong(key, "an object", value) }
        return ConfigurationObject(source, path: place(key), object: object)
    }

    /// An object, or `false` for something that is switched off.
    public mutating func objectOrFalse(_ key: String) throws(ConfigurationError) -> ConfigurationSwitch {
        guard let value = value(key) else { return .absent }
        if value == .bool(false) { return .off }
        guard let object = value.objectValue else { throw wrong(key, "an object or false", value) }
        return .on(ConfigurationObject(source, path: place(key), object: object))
    }

    /// A text, or `false` for something that is switched off.
    package mutating func textOrFalse(_ key: String) throws(ConfigurationError) -> ConfigurationText {
        guard let value = value(key) else { return .absent }
        if value == .bool(false) { return .off }
        guard let text = value.stringValue else { throw wrong(key, "a text or false", value) }
        return .text(text)
    }

    /// Any JSON, for what is checked elsewhere, such as mappings.
    public mutating func json(_ key: String) -> JSON? { value(key) }

    /// An array of objects.
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

    /// Refuses keys that were not asked for.
    public func finish() throws(ConfigurationError) {
        for (key, _) in object where !asked.contains(UTF8Key(key)) {
            throw error(
                key, "this key is not known here; known are \(asked.map(\.text).sorted().joined(separator: ", "))")
        }
    }
}

/// Something that is configured by an object, left to its defaults, or switched off.
public enum ConfigurationSwitch: Sendable {
    case absent, off
    case on(ConfigurationObject)
}

/// Something that is chosen by a text, left to its default, or switched off.
package enum ConfigurationText: Sendable, Equatable {
    case absent, off
    case text(String)
}

/// Where an object came from, for messages.
struct ConfigurationSource: Sendable {
    var name: String
    /// The line of each key, by its path.
    var lines: [String: Int]
    /// Shared by all objects of the file.
    let warnings = ConfigurationWarnings()
}

/// Warnings for the reader of a configuration, each once. From any thread.
final class ConfigurationWarnings: @unchecked Sendable {
    private let lock = Lock()
    private var texts: [String] = []

    var all: [String] { lock.withLock { texts } }

    func add(_ text: String) {
        lock.withLock { if !texts.contains(text) { texts.append(text) } }
    }
}
