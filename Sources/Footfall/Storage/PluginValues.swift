// SPDX-License-Identifier: MIT
import FootfallJSON

/// The values of one plugin: those that the store has, and the changes that the next
/// transaction writes. Pure.
struct PluginValues {
    /// What the store has.
    private var stored: [UTF8Key: String]
    /// What the next transaction writes; `nil` for a key that it removes.
    private(set) var changes: [UTF8Key: String?] = [:]
    /// Bytes of all keys and values, with the changes.
    private(set) var bytes: Int

    init(_ stored: [(key: String, text: String)] = []) {
        self.stored = [:]
        for (key, text) in stored { self.stored[UTF8Key(key)] = text }
        bytes = self.stored.reduce(0) { $0 + Self.size($1.key, $1.value) }
    }

    private static func size(_ key: UTF8Key, _ text: String) -> Int { key.text.utf8.count + text.utf8.count }

    /// The value of a key as it is now.
    func text(_ key: UTF8Key) -> String? {
        if let change = changes[key] { return change }
        return stored[key]
    }

    /// The keys that have a value now, sorted.
    var keys: [String] {
        Set(stored.keys).union(changes.keys).filter { text($0) != nil }.map(\.text).sorted()
    }

    /// Changes a value; `nil` removes it.
    ///
    /// - Returns: false, with nothing changed, when the values would grow beyond `most` bytes.
    mutating func set(_ key: UTF8Key, _ text: String?, most: Int) -> Bool {
        let old = self.text(key)
        let growth = (text.map { Self.size(key, $0) } ?? 0) - (old.map { Self.size(key, $0) } ?? 0)
        guard growth <= 0 || bytes + growth <= most else { return false }
        bytes += growth
        changes[key] = .some(text)
        return true
    }

    /// The store has the changes.
    mutating func written() {
        for (key, text) in changes { stored[key] = text }
        changes = [:]
    }

    /// Takes back the changes that are not stored.
    mutating func undo() {
        changes = [:]
        bytes = stored.reduce(0) { $0 + Self.size($1.key, $1.value) }
    }
}
