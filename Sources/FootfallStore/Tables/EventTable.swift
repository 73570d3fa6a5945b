// SPDX-License-Identifier: MIT

/// The stored events: their bodies, and the destinations that take them.
package final class EventTable {
    private let connection: Connection
    private var insert = LazyStatement(
        "INSERT INTO event (id, routes, priority, stored, clock, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
    private var insertVariant = LazyStatement(
        "INSERT OR REPLACE INTO variant (event, destination, body) VALUES (?1, ?2, ?3)")
    private var select = LazyStatement(
        """
        SELECT e.id, coalesce(v.body, e.body), \(DeletionMark.condition("e")) FROM event e
        LEFT JOIN variant v ON v.event = e.id AND v.destination = ?1
        WHERE e.id > ?2 AND (e.routes >> ?1) & 1 ORDER BY e.id LIMIT ?3
        """)
    /// Like `select`, without events that are dead letters or done.
    private var selectOthers = LazyStatement(
        """
        SELECT e.id, coalesce(v.body, e.body), \(DeletionMark.condition("e")) FROM event e
        LEFT JOIN variant v ON v.event = e.id AND v.destination = ?1
        WHERE e.id > ?2 AND (e.routes >> ?1) & 1
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.destination = ?1 AND x.event = e.id)
        ORDER BY e.id LIMIT ?3
        """)
    private var hasAside = LazyStatement("SELECT 1 FROM exception WHERE destination = ?1 AND event > ?2 LIMIT 1")
    private var countQueued = LazyStatement(
        """
        SELECT count(*) FROM event WHERE id > ?1 AND (routes >> ?2) & 1
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.destination = ?2 AND x.event = event.id)
        """)
    /// A row goes when no destination waits for it and no exception names it.
    private var deleteDone = LazyStatement(
        """
        DELETE FROM event WHERE id > ?1 AND id <= ?2
        AND NOT EXISTS (SELECT 1 FROM destination d WHERE (event.routes >> d.id) & 1 AND d.position < event.id)
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.event = event.id)
        """)
    /// For a store with one destination and no exceptions: three times as fast.
    private var deleteAll = LazyStatement("DELETE FROM event WHERE id > ?1 AND id <= ?2")
    private var isAlone = LazyStatement(
        "SELECT (SELECT count(*) FROM destination) = 1 AND NOT EXISTS (SELECT 1 FROM exception)")
    private var deleteVariants = LazyStatement(
        """
        DELETE FROM variant WHERE destination = ?1 AND event <= ?2
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.destination = ?1 AND x.event = variant.event)
        """)
    private var oldest = LazyStatement("SELECT min(id) FROM event")
    private var selectUnclaimed = LazyStatement("SELECT id, body FROM event WHERE routes = 0 ORDER BY id")
    private var minimumUnclaimed = LazyStatement("SELECT min(id) FROM event WHERE routes = 0")
    private var setRoutes = LazyStatement("UPDATE event SET routes = ?2 WHERE id = ?1")
    private var selectLeast = LazyStatement("SELECT id, routes FROM event ORDER BY priority, id LIMIT ?1")
    private var selectOldest = LazyStatement("SELECT id, routes, stored FROM event ORDER BY id LIMIT ?1")
    private var selectEvents = LazyStatement("SELECT id, routes FROM event WHERE NOT \(DeletionMark.condition())")
    private var selectWaiting = LazyStatement(
        """
        SELECT 1 FROM event WHERE id = ?1 AND (routes >> ?2) & 1
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.destination = ?2 AND x.event = event.id)
        """)
    private var selectFirst = LazyStatement(
        """
        SELECT id FROM event WHERE id > ?1 AND (routes >> ?2) & 1
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.destination = ?2 AND x.event = event.id)
        ORDER BY id LIMIT 1
        """)
    private var selectUnwanted = LazyStatement(
        """
        SELECT 1 FROM event WHERE id = ?1
        AND NOT EXISTS (SELECT 1 FROM destination d WHERE (event.routes >> d.id) & 1 AND d.position < event.id)
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.event = event.id)
        """)
    private var clearRoute = LazyStatement("UPDATE event SET routes = routes & ~(1 << ?2) WHERE id = ?1")
    private var copyOne = LazyStatement(
        """
        INSERT INTO event (id, routes, priority, stored, clock, body)
        SELECT ?2, 1 << ?3, e.priority, e.stored, 0, coalesce(v.body, e.body) FROM event e
        LEFT JOIN variant v ON v.event = e.id AND v.destination = ?3 WHERE e.id = ?1
        """)
    private var deleteOne = LazyStatement("DELETE FROM event WHERE id = ?1")
    private var deleteVariantsOfOne = LazyStatement("DELETE FROM variant WHERE event = ?1")
    private var deleteExceptionsOfOne = LazyStatement("DELETE FROM exception WHERE event = ?1")
    private var countBetween = LazyStatement(
        """
        SELECT count(*) FROM event WHERE id > ?1 AND id <= ?2 AND (routes >> ?3) & 1
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.destination = ?3 AND x.event = event.id)
        """)
    private var deleteVariantsFor = LazyStatement("DELETE FROM variant WHERE destination = ?1")
    private var deleteExceptionsFor = LazyStatement("DELETE FROM exception WHERE destination = ?1")
    private var deleteUnwantedOf = LazyStatement(
        """
        DELETE FROM event WHERE (routes >> ?1) & 1
        AND NOT EXISTS (SELECT 1 FROM destination d WHERE (event.routes >> d.id) & 1 AND d.position < event.id)
        AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.event = event.id)
        """)
    private var clearRoutes = LazyStatement("UPDATE event SET routes = routes & ~(1 << ?1) WHERE (routes >> ?1) & 1")
    private var isThere = LazyStatement("SELECT 1 FROM event WHERE id = ?1")

    init(_ connection: Connection) { self.connection = connection }

    /// Adds an event under an id that was taken from the counter.
    @inline(__always)
    package func add(
        id: Int64, routes: Int64, priority: Int64, stored: Int64, clock: Int64 = 0, body: UnsafeBufferPointer<UInt8>
    ) throws(StoreError) {
        let statement = try insert(connection)
        statement.bind(1, id)
        statement.bind(2, routes)
        statement.bind(3, priority)
        statement.bind(4, stored)
        statement.bind(5, clock)
        statement.bind(6, staying: body)
        try statement.run()
    }

    /// Adds a variant: the body that one destination gets instead of the event's own.
    package func addVariant(
        of id: Int64, for destination: Int64, body: UnsafeBufferPointer<UInt8>
    ) throws(StoreError) {
        let statement = try insertVariant(connection)
        statement.bind(1, id)
        statement.bind(2, destination)
        statement.bind(3, staying: body)
        try statement.run()
    }

    /// Calls `body` with the events of a destination after `position` that are not done, in
    /// order, until it returns false. The bytes are valid inside `body` only.
    package func forEach(
        for destination: Int64, after position: Int64, limit: Int,
        _ body: (_ id: Int64, _ body: UnsafeBufferPointer<UInt8>, _ isDeletion: Bool) -> Bool
    ) throws(StoreError) {
        let aside = try hasAside(connection)
        aside.bind(1, destination)
        aside.bind(2, position)
        let hasAside = try aside.step()
        aside.reset()
        let statement = try hasAside ? selectOthers(connection) : select(connection)
        defer { statement.reset() }
        statement.bind(1, destination)
        statement.bind(2, position)
        statement.bind(3, limit)
        while try statement.step() {
            guard body(statement.key(0), statement.bytes(1), statement.flag(2)) else { return }
        }
    }

    /// How many events wait for a destination. Reads the whole table.
    package func queued(for destination: Int64, after position: Int64) throws(StoreError) -> Int64 {
        let statement = try countQueued(connection)
        defer { statement.reset() }
        statement.bind(1, position)
        statement.bind(2, destination)
        return try statement.step() ? statement.count(0) : 0
    }

    /// How many events of a destination in (`after`, `upTo`] are neither dead letters nor
    /// done.
    package func count(for destination: Int64, after: Int64, upTo: Int64) throws(StoreError) -> Int64 {
        let statement = try countBetween(connection)
        defer { statement.reset() }
        statement.bind(1, after)
        statement.bind(2, upTo)
        statement.bind(3, destination)
        return try statement.step() ? statement.count(0) : 0
    }

    /// Whether an event exists.
    package func contains(_ id: Int64) throws(StoreError) -> Bool {
        let statement = try isThere(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        return try statement.step()
    }

    /// Removes the rows in (`after`, `upTo`] that no destination needs.
    ///
    /// - Returns: how many.
    package func removeDone(after: Int64, upTo: Int64, destination: Int64) throws(StoreError) -> Int {
        let variants = try deleteVariants(connection)
        variants.bind(1, destination)
        variants.bind(2, upTo)
        try variants.run()
        let alone = try isAlone(connection)
        let hasOneDestination = try alone.step() && alone.flag(0)
        alone.reset()
        let statement = try hasOneDestination ? deleteAll(connection) : deleteDone(connection)
        statement.bind(1, after)
        statement.bind(2, upTo)
        try statement.run()
        return connection.changes
    }

    /// Calls `body` with the events that were stored while no destination was configured.
    package func forEachUnclaimed(
        _ body: (_ id: Int64, _ body: UnsafeBufferPointer<UInt8>) throws(StoreError) -> Void
    ) throws(StoreError) {
        let statement = try selectUnclaimed(connection)
        defer { statement.reset() }
        while try statement.step() { try body(statement.key(0), statement.bytes(1)) }
    }

    /// The oldest event that was stored while no destination was configured. Reads the
    /// whole table.
    package func firstUnclaimed() throws(StoreError) -> Int64? {
        let statement = try minimumUnclaimed(connection)
        defer { statement.reset() }
        return try statement.step() && !statement.isNull(0) ? statement.key(0) : nil
    }

    package func setRoutes(_ routes: Int64, of id: Int64) throws(StoreError) {
        let statement = try setRoutes(connection)
        statement.bind(1, id)
        statement.bind(2, routes)
        try statement.run()
    }

    /// The oldest events of the lowest priority.
    package func leastWanted(_ limit: Int) throws(StoreError) -> [(id: Int64, routes: Int64)] {
        let statement = try selectLeast(connection)
        defer { statement.reset() }
        statement.bind(1, limit)
        var rows: [(id: Int64, routes: Int64)] = []
        while try statement.step() { rows.append((statement.key(0), statement.routes(1))) }
        return rows
    }

    /// The oldest events that were stored before a time, in milliseconds that the machine
    /// was up.
    package func stored(before time: Int64, limit: Int) throws(StoreError) -> [(id: Int64, routes: Int64)] {
        let statement = try selectOldest(connection)
        defer { statement.reset() }
        statement.bind(1, limit)
        var rows: [(id: Int64, routes: Int64)] = []
        while try statement.step(), statement.integer(2) < time { rows.append((statement.key(0), statement.routes(1))) }
        return rows
    }

    /// All events; deletion requests are not among them.
    package func allEvents() throws(StoreError) -> [(id: Int64, routes: Int64)] {
        let statement = try selectEvents(connection)
        defer { statement.reset() }
        var rows: [(id: Int64, routes: Int64)] = []
        while try statement.step() { rows.append((statement.key(0), statement.routes(1))) }
        return rows
    }

    /// Whether a destination still waits for an event.
    package func isWaiting(_ id: Int64, for destination: Int64, after position: Int64) throws(StoreError) -> Bool {
        guard id > position else { return false }
        let statement = try selectWaiting(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        statement.bind(2, destination)
        return try statement.step()
    }

    /// The first event after a position that a destination waits for.
    package func firstWaiting(for destination: Int64, after position: Int64) throws(StoreError) -> Int64? {
        let statement = try selectFirst(connection)
        defer { statement.reset() }
        statement.bind(1, position)
        statement.bind(2, destination)
        return try statement.step() ? statement.key(0) : nil
    }

    /// Whether an event exists that no destination waits for or has as a dead letter.
    package func isUnwanted(_ id: Int64) throws(StoreError) -> Bool {
        let statement = try selectUnwanted(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        return try statement.step()
    }

    /// Takes the bit of a destination from an event.
    package func unroute(_ id: Int64, from destination: Int64) throws(StoreError) {
        let statement = try clearRoute(connection)
        statement.bind(1, id)
        statement.bind(2, destination)
        try statement.run()
    }

    /// Copies an event to a new id, for one destination and with the body that it gets.
    ///
    /// - Returns: false when the event does not exist.
    package func copy(_ id: Int64, to other: Int64, for destination: Int64) throws(StoreError) -> Bool {
        let statement = try copyOne(connection)
        statement.bind(1, id)
        statement.bind(2, other)
        statement.bind(3, destination)
        try statement.run()
        return connection.changes == 1
    }

    /// Removes everything that belongs to a destination whose row was removed. Reads the
    /// whole table.
    ///
    /// - Returns: how many events were removed because no other destination needs them.
    package func forget(destination: Int64) throws(StoreError) -> Int {
        for statement in [try deleteVariantsFor(connection), try deleteExceptionsFor(connection)] {
            statement.bind(1, destination)
            try statement.run()
        }
        let unwanted = try deleteUnwantedOf(connection)
        unwanted.bind(1, destination)
        try unwanted.run()
        let removed = connection.changes
        let others = try clearRoutes(connection)
        others.bind(1, destination)
        try others.run()
        return removed
    }

    /// Removes an event with its variants and exceptions.
    package func remove(_ id: Int64) throws(StoreError) {
        let statements = [
            try deleteOne(connection), try deleteVariantsOfOne(connection), try deleteExceptionsOfOne(connection),
        ]
        for statement in statements {
            statement.bind(1, id)
            try statement.run()
        }
    }

    /// The smallest id; `nil` when the table is empty.
    package func oldestID() throws(StoreError) -> Int64? {
        let statement = try oldest(connection)
        defer { statement.reset() }
        guard try statement.step(), !statement.isNull(0) else { return nil }
        return statement.key(0)
    }
}
