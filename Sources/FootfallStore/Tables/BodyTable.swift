// SPDX-License-Identifier: MIT

/// The bodies of events that no destination has tried yet, for changing them: the event's
/// own body, and its variants for single destinations.
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

    /// The body of an event, and the clock that stamped it.
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

    /// At most `limit` events behind an id that no destination has tried.
    package func untried(after id: Int64, limit: Int) throws(StoreError) -> [Row] {
        let statement = try selectUntried(connection)
        statement.bind(1, id)
        statement.bind(2, limit)
        return try rows(statement)
    }

    /// The clocks of the events that ``stamped(for:after:upTo:)`` returns.
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

    /// Events of a destination in (`after`, `upTo`] that a clock stamped and that no
    /// destination has tried.
    package func stamped(for destination: Int64, after: Int64, upTo: Int64) throws(StoreError) -> [Row] {
        let statement = try selectStamped(connection)
        statement.bind(1, after)
        statement.bind(2, upTo)
        statement.bind(3, destination)
        return try rows(statement)
    }

    /// Changes the body of an event and its variants.
    ///
    /// - Parameters:
    ///   - clock: The new clock of the event.
    ///   - change: Returns the new text of a body, or `nil` to leave it.
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
