// SPDX-License-Identifier: MIT
import FootfallJSON

/// Recent sessions, so that a late event finds the session that was open at its time.
package final class SessionTable {
    private let connection: Connection
    private var upsert = LazyStatement(
        """
        INSERT INTO sessions (id, start, last, clock, event) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (id) DO UPDATE SET last = max(last, ?3)
        """
    )
    private var covering = LazyStatement(
        "SELECT id FROM sessions WHERE start <= ?1 AND last >= ?1 ORDER BY start DESC LIMIT 1")
    private var byClock = LazyStatement(
        "SELECT id, start, last, clock, event FROM sessions WHERE clock = ?1 ORDER BY id")
    private var selectIDs = LazyStatement("SELECT id FROM sessions ORDER BY id")
    private var move = LazyStatement(
        "UPDATE OR REPLACE sessions SET id = ?2, start = ?3, last = ?4, clock = ?5 WHERE id = ?1")
    private var newest = LazyStatement("SELECT id, start, last FROM sessions ORDER BY id DESC LIMIT 1")
    private var trim = LazyStatement(
        "DELETE FROM sessions WHERE id NOT IN (SELECT id FROM sessions ORDER BY id DESC LIMIT ?1)")

    private var deleteAll = LazyStatement("DELETE FROM sessions")

    /// How many sessions are kept: a kiosk has 1,000 visits in its busiest week.
    package static let kept = 1_000

    /// Milliseconds. A session id that is further ahead of the time known now came from a
    /// clock that was wrong: the next id does not follow it.
    package static let longestLead = Timestamp.day

    init(_ connection: Connection) { self.connection = connection }

    /// Adds a session, or moves the last activity of one forward. Times are milliseconds
    /// since 1970.
    ///
    /// - Parameters:
    ///   - clock: The clock that stamped its first event. A later call does not change it.
    ///   - event: The row of that event. A later call does not change it.
    package func record(
        id: Int64, start: Int64, last: Int64, clock: Int64 = 0, event: Int64 = 0
    ) throws(StoreError) {
        let statement = try upsert(connection)
        statement.bind(1, id)
        statement.bind(2, start)
        statement.bind(3, last)
        statement.bind(4, clock)
        statement.bind(5, event)
        try statement.run()
    }

    /// A session. Times are milliseconds since 1970.
    package struct Row: Sendable {
        package var id: Int64
        package var start: Int64
        package var last: Int64
        package var clock: Int64
        package var event: Int64
    }

    /// The sessions whose first event was stamped by a clock.
    package func all(by clock: Int64) throws(StoreError) -> [Row] {
        let statement = try byClock(connection)
        defer { statement.reset() }
        statement.bind(1, clock)
        var rows: [Row] = []
        while try statement.step() {
            rows.append(
                Row(
                    id: statement.key(0), start: statement.integer(1), last: statement.integer(2),
                    clock: statement.key(3), event: statement.key(4)))
        }
        return rows
    }

    /// The newest session, and the time of its last activity. Times are milliseconds since 1970.
    package func latest() throws(StoreError) -> (id: Int64, end: Int64)? {
        let statement = try newest(connection)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        return (statement.key(0), max(statement.integer(1), statement.integer(2)))
    }

    /// The ids of all sessions, in order.
    package func ids() throws(StoreError) -> [Int64] {
        let statement = try selectIDs(connection)
        defer { statement.reset() }
        var ids: [Int64] = []
        while try statement.step() { ids.append(statement.key(0)) }
        return ids
    }

    /// Gives a session another id and other times.
    package func replace(_ id: Int64, by row: Row) throws(StoreError) {
        let statement = try move(connection)
        statement.bind(1, id)
        statement.bind(2, row.id)
        statement.bind(3, row.start)
        statement.bind(4, row.last)
        statement.bind(5, row.clock)
        try statement.run()
    }

    /// The session that was open at a time.
    package func id(covering time: Int64) throws(StoreError) -> Int64? {
        let statement = try covering(connection)
        defer { statement.reset() }
        statement.bind(1, time)
        return try statement.step() ? statement.key(0) : nil
    }

    package func removeAll() throws(StoreError) { try deleteAll(connection).run() }

    /// Removes all but the newest ``kept``.
    package func removeOldest() throws(StoreError) {
        let statement = try trim(connection)
        statement.bind(1, Self.kept)
        try statement.run()
    }
}
