// SPDX-License-Identifier: MIT

/// The stored bodies, for what changes them before any destination has tried
/// them: an event's own and those that destinations get in its stead.
package final class BodyTable {
    private let connection: Connection
    private var selectUntried = LazyStatement(
        """
        SELECT id, clock, body FROM event WHERE id > ?1 AND NOT EXISTS (
            SELECT 1 FROM destination d WHERE (event.routes >> d.id) & 1 AND d.attempted >= event.id)
        ORDER BY id LIMIT ?2
        """)
    private var selectStamped = LazyStatement(
        """
        SELECT id, clock, body FROM event
        WHERE id > ?1 AND id <= ?2 AND (routes >> ?3) & 1 AND clock > 0 AND NOT EXISTS (
            SELECT 1 FROM destination d WHERE (event.routes >> d.id) & 1 AND d.attempted >= event.id)
        ORDER BY id
        """)
    private var selectClocks = LazyStatement(
        """
        SELECT DISTINCT clock FROM event
        WHERE id > ?1 AND id <= ?2 AND (routes >> ?3) & 1 AND clock > 0 AND NOT EXISTS (
            SELECT 1 FROM destination d WHERE (event.routes >> d.id) & 1 AND d.attempted >= event.id)
        """)
    private var selectVariants = LazyStatement("SELECT destination, body FROM variant WHERE event = ?1")
    private var update = LazyStatement("UPDATE event SET body = ?2, clock = ?3 WHERE id = ?1")
    private var updateVariant = LazyStatement("UPDATE variant SET body = ?3 WHERE event = ?1 AND destination = ?2")

    init(_ connection: Connection) { self.connection = connection }

    /// A body and what stamped it.
    package struct Row: Sendable {
        package var id: Int64
        package var clock: Int64
        package var body: [UInt8]
    }

    private func rows(_ statement: Statement) throws(StoreError) -> [Row] {
        defer { statement.reset() }
        var rows: [Row] = []
        while try statement.step() {
            rows.append(Row(id: statement.key(0), clock: statement.key(1), body: Array(statement.bytes(2))))
        }
        return rows
    }

    /// Events behind an id that no destination has tried; at most so many.
    package func untried(after id: Int64, limit: Int) throws(StoreError) -> [Row] {
        let statement = try selectUntried(connection)
        statement.bind(1, id)
        statement.bind(2, limit)
        return try rows(statement)
    }

    /// The clocks of such events, as ``stamped(for:after:upTo:)`` gives them.
    package func clocks(for destination: Int64, after: Int64, upTo: Int64) throws(StoreError) -> Set<Int64> {
        let statement = try selectClocks(connection)
        defer { statement.reset() }
        statement.bind(1, after)
        statement.bind(2, upTo)
        statement.bind(3, destination)
        var clocks: Set<Int64> = []
        while try statement.step() { clocks.insert(statement.key(0)) }
        return clocks
    }

    /// Events of a destination in (`after`, `upTo`] whose time is a clock's and
    /// that no destination has tried.
    package func stamped(for destination: Int64, after: Int64, upTo: Int64) throws(StoreError) -> [Row] {
        let statement = try selectStamped(connection)
        statement.bind(1, after)
        statement.bind(2, upTo)
        statement.bind(3, destination)
        return try rows(statement)
    }

    /// Puts another body in the place of an event's, and changes those that
    /// destinations get in its stead in the same way; `nil` leaves one as it is.
    package func replace(
        _ row: Row, clock: Int64, _ change: (UnsafeBufferPointer<UInt8>) -> [UInt8]?
    ) throws(StoreError) {
        let variants = try selectVariants(connection)
        variants.bind(1, row.id)
        var others: [(destination: Int64, body: [UInt8])] = []
        while try variants.step() {
            if let changed = change(variants.bytes(1)) { others.append((variants.key(0), changed)) }
        }
        variants.reset()
        let body = row.body.withUnsafeBufferPointer(change) ?? row.body
        let statement = try update(connection)
        statement.bind(1, row.id)
        statement.bind(3, clock)
        try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
            statement.bind(2, staying: bytes)
            try statement.run()
        }
        for (destination, body) in others {
            let statement = try updateVariant(connection)
            statement.bind(1, row.id)
            statement.bind(2, destination)
            try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                statement.bind(3, staying: bytes)
                try statement.run()
            }
        }
    }
}
