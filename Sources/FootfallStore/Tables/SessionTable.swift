// SPDX-License-Identifier: MIT

/// Recent sessions, so that an event which comes late finds the one that covers
/// its time.
package final class SessionTable {
    private let connection: Connection
    private var upsert = LazyStatement(
        "INSERT INTO sessions (id, start, last) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET last = max(last, ?3)"
    )
    private var covering = LazyStatement(
        "SELECT id FROM sessions WHERE start <= ?1 AND last >= ?1 ORDER BY start DESC LIMIT 1")
    private var trim = LazyStatement(
        "DELETE FROM sessions WHERE id NOT IN (SELECT id FROM sessions ORDER BY id DESC LIMIT ?1)")

    /// A kiosk's busiest week: 1,000 visits.
    package static let kept = 1_000

    init(_ connection: Connection) { self.connection = connection }

    /// Puts a session down, or moves its last activity forward. Milliseconds since 1970.
    package func record(id: Int64, start: Int64, last: Int64) throws(StoreError) {
        let statement = try upsert(connection)
        statement.bind(1, id)
        statement.bind(2, start)
        statement.bind(3, last)
        try statement.run()
    }

    /// The session that was open at a time.
    package func id(covering time: Int64) throws(StoreError) -> Int64? {
        let statement = try covering(connection)
        defer { statement.reset() }
        statement.bind(1, time)
        return try statement.step() ? statement.int64(0) : nil
    }

    /// Forgets all but the newest ``kept``.
    package func removeOldest() throws(StoreError) {
        let statement = try trim(connection)
        statement.bind(1, Self.kept)
        try statement.run()
    }
}
