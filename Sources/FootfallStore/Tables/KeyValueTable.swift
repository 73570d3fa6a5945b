// SPDX-License-Identifier: MIT

/// The key-value store: texts by key.
package final class KeyValueTable {
    private let connection: Connection
    private var select = LazyStatement("SELECT value FROM kv WHERE key = ?1")
    private var selectPrefix = LazyStatement(
        "SELECT key, value FROM kv WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key")
    private var upsert = LazyStatement(
        "INSERT INTO kv (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
    private var delete = LazyStatement("DELETE FROM kv WHERE key = ?1")
    private var selectFolder = LazyStatement(
        "SELECT key, value FROM kv WHERE key >= ?1 AND key < ?2 AND length(value) <= ?3")
    private var deleteFolder = LazyStatement("DELETE FROM kv WHERE key >= ?1 AND key < ?2")

    init(_ connection: Connection) { self.connection = connection }

    /// The value as text; `nil` when the key does not exist.
    package func text(_ key: String) throws(StoreError) -> String? {
        let statement = try select(connection)
        defer { statement.reset() }
        statement.bind(1, key)
        return try statement.step() ? statement.text(0) : nil
    }

    /// The values of all keys that begin with a text, by key.
    package func texts(prefix: String) throws(StoreError) -> [(key: String, value: String)] {
        let statement = try selectPrefix(connection)
        defer { statement.reset() }
        statement.bind(1, prefix)
        var rows: [(key: String, value: String)] = []
        while try statement.step() { rows.append((statement.text(0) ?? "", statement.text(1) ?? "")) }
        return rows
    }

    /// Sets a value; `nil` removes the key.
    package func set(_ key: String, _ value: String?) throws(StoreError) {
        guard let value else {
            let statement = try delete(connection)
            statement.bind(1, key)
            return try statement.run()
        }
        let statement = try upsert(connection)
        statement.bind(1, key)
        statement.bind(2, value)
        try statement.run()
    }

    /// The values whose keys begin with a folder's name, by the rest of their keys.
    ///
    /// - Parameters:
    ///   - folder: A text that ends with `/`.
    ///   - longest: Longer values are left out: another program may have written anything.
    package func texts(in folder: String, longest: Int) throws(StoreError) -> [(key: String, text: String)] {
        let statement = try selectFolder(connection)
        defer { statement.reset() }
        bind(folder, statement)
        statement.bind(3, longest)
        var texts: [(key: String, text: String)] = []
        while try statement.step() {
            guard let key = statement.text(0), let text = statement.text(1) else { continue }
            texts.append((String(decoding: key.utf8.dropFirst(folder.utf8.count), as: UTF8.self), text))
        }
        return texts
    }

    /// Removes all values whose keys begin with a folder's name.
    package func removeAll(in folder: String) throws(StoreError) {
        let statement = try deleteFolder(connection)
        bind(folder, statement)
        try statement.run()
    }

    /// Binds the first key of a folder, and the first key behind it: `0` follows `/` in ASCII.
    private func bind(_ folder: String, _ statement: Statement) {
        statement.bind(1, folder)
        statement.bind(2, folder.dropLast() + "0")
    }
}
