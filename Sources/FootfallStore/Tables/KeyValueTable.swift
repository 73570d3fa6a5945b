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
}
