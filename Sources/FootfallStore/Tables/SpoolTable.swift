// SPDX-License-Identifier: MIT

/// The last sequence number that was stored from each spool. It is written in the
/// transaction that stores the events, so no record is stored twice.
package final class SpoolTable {
    private let connection: Connection
    private var select = LazyStatement("SELECT last FROM spool WHERE id = ?1")
    private var upsert = LazyStatement(
        "INSERT INTO spool (id, last) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET last = max(last, ?2)")
    private var delete = LazyStatement("DELETE FROM spool WHERE id = ?1")

    init(_ connection: Connection) { self.connection = connection }

    package func last(of id: String) throws(StoreError) -> Int64 {
        let statement = try select(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        return try statement.step() ? statement.count(0) : 0
    }

    package func setLast(_ last: Int64, of id: String) throws(StoreError) {
        let statement = try upsert(connection)
        statement.bind(1, id)
        statement.bind(2, last)
        try statement.run()
    }

    package func remove(_ id: String) throws(StoreError) {
        let statement = try delete(connection)
        statement.bind(1, id)
        try statement.run()
    }
}
