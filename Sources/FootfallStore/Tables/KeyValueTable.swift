// SPDX-License-Identifier: MIT

/// The key-value store: texts by key.
package final class KeyValueTable {
    private let connection: Connection
    private var select = LazyStatement("SELECT value FROM kv WHERE key = ?1")
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
