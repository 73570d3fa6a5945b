// SPDX-License-Identifier: MIT

/// Reads stored events for people: what waits, since when, and what became of it.
///
/// It reads few rows of a large store; the whole table is read by ``EventTable`` only.
package final class EventListing {
    private let connection: Connection
    private var selectOldest = LazyStatement("SELECT id, routes FROM event WHERE id > ?1 ORDER BY id LIMIT ?2")
    private var selectNewest = LazyStatement("SELECT id, routes FROM event WHERE id > ?1 ORDER BY id DESC LIMIT ?2")
    private var selectForward = LazyStatement(
        "\(rows) WHERE id > ?1 AND (?2 = 0 OR routes & ?2) ORDER BY id")
    private var selectBackward = LazyStatement(
        "\(rows) WHERE id > ?1 AND (?2 = 0 OR routes & ?2) ORDER BY id DESC")
    private var selectOne = LazyStatement("\(rows) WHERE id = ?1")
    private var selectAside = LazyStatement(
        "SELECT kind, reason, at FROM exception WHERE destination = ?1 AND event = ?2")
    private var selectLetters = LazyStatement(
        """
        SELECT DISTINCT event FROM exception WHERE kind = \(DestinationTable.deadLetter) AND event > ?1
        AND (?2 = 0 OR (?2 >> destination) & 1) ORDER BY event
        """)
    private var selectVariants = LazyStatement("SELECT destination, body FROM variant WHERE event = ?1")
    private var selectLast = LazyStatement("SELECT max(id) FROM event")
    private static let rows = "SELECT id, routes, stored, clock, body FROM event"

    package init(_ store: Store) { connection = store.connection }

    /// One row of `event`.
    package struct Row: Sendable {
        package var id: Int64
        package var routes: Int64
        /// Milliseconds that the machine was up when it was stored, in steps.
        package var stored: Int64
        /// What stamped it; see ``ClockRow``.
        package var clock: Int64
        package var body: [UInt8]

        init(_ statement: Statement) {
            id = statement.key(0)
            routes = statement.routes(1)
            stored = statement.count(2)
            clock = statement.key(3)
            body = Array(statement.bytes(4))
        }
    }

    /// Why an event behind a destination's position does not wait for it.
    package struct Aside: Sendable {
        /// ``DestinationTable/deadLetter`` or ``DestinationTable/done``.
        package var kind: Int64
        package var reason: String?
        /// Milliseconds since 1970.
        package var at: Int64
    }

    /// The event that has waited longest for a destination.
    package enum Oldest: Sendable, Equatable {
        /// No event waits.
        case none
        case event(Int64)
        /// One that waits, though older ones may: not all rows were looked at.
        case atLeast(Int64)
        /// Some may wait, behind the rows that were looked at.
        case unknown
    }

    /// Looks for the event that has waited longest for a destination.
    ///
    /// Events of other destinations may lie before it, so at most `limit` rows are looked at from the position on.
    /// When none of them waits, as many are looked at from the end of the table: the oldest that waits there
    /// waits no longer than the one that is looked for.
    package func oldest(for destination: Int64, after position: Int64, limit: Int) throws(StoreError) -> Oldest {
        let forward = try look(try selectOldest(connection), destination, position, limit, endsAtFirst: true)
        if let id = forward.found { return .event(id) }
        guard forward.rows >= limit else { return .none }
        let backward = try look(try selectNewest(connection), destination, position, limit, endsAtFirst: false)
        return backward.found.map { Oldest.atLeast($0) } ?? .unknown
    }

    /// - Parameter endsAtFirst: Whether the first row that waits is found, and not the last one.
    private func look(
        _ statement: Statement, _ destination: Int64, _ position: Int64, _ limit: Int, endsAtFirst: Bool
    ) throws(StoreError) -> (found: Int64?, rows: Int) {
        defer { statement.reset() }
        statement.bind(1, position)
        statement.bind(2, limit)
        var (found, rows): (Int64?, Int) = (nil, 0)
        while try statement.step() {
            rows += 1
            let id = statement.key(0)
            guard statement.routes(1) >> destination & 1 == 1, try aside(id, at: destination) == nil else { continue }
            found = id
            if endsAtFirst { break }
        }
        return (found, rows)
    }

    /// Whether an event behind a destination's position is done or a dead letter; `nil` when it waits.
    package func aside(_ event: Int64, at destination: Int64) throws(StoreError) -> Aside? {
        let statement = try selectAside(connection)
        defer { statement.reset() }
        statement.bind(1, destination)
        statement.bind(2, event)
        guard try statement.step() else { return nil }
        return Aside(kind: statement.count(0), reason: statement.text(1), at: statement.integer(2))
    }

    package func row(_ id: Int64) throws(StoreError) -> Row? {
        let statement = try selectOne(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        return try statement.step() ? Row(statement) : nil
    }

    /// Calls `body` with the rows behind an id until it returns false.
    ///
    /// - Parameters:
    ///   - routes: The bits of destinations, one of which must take the event; 0 for all events.
    ///   - newestFirst: Whether the order is from the newest to the oldest.
    package func forEach(
        after id: Int64, routes: Int64, newestFirst: Bool, _ body: (Row) throws(StoreError) -> Bool
    ) throws(StoreError) {
        let statement = try newestFirst ? selectBackward(connection) : selectForward(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        statement.bind(2, routes)
        while try statement.step() { guard try body(Row(statement)) else { return } }
    }

    /// The events behind an id that destinations refused, the oldest first.
    ///
    /// - Parameter routes: The bits of the destinations; 0 for all of them.
    package func deadLetters(after id: Int64, routes: Int64) throws(StoreError) -> [Int64] {
        let statement = try selectLetters(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        statement.bind(2, routes)
        var ids: [Int64] = []
        while try statement.step() { ids.append(statement.key(0)) }
        return ids
    }

    /// The bodies of single destinations that differ from the event's own.
    package func variants(of event: Int64) throws(StoreError) -> [Int64: [UInt8]] {
        let statement = try selectVariants(connection)
        defer { statement.reset() }
        statement.bind(1, event)
        var variants: [Int64: [UInt8]] = [:]
        while try statement.step() { variants[statement.key(0)] = Array(statement.bytes(1)) }
        return variants
    }

    /// The largest id of an event; 0 when there is none.
    package func lastID() throws(StoreError) -> Int64 {
        let statement = try selectLast(connection)
        defer { statement.reset() }
        return try statement.step() ? statement.key(0) : 0
    }
}
