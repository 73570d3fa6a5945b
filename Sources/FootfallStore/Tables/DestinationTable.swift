// SPDX-License-Identifier: MIT

/// One destination: its position, and its sums, for which
/// `routed = delivered + dropped + deadLettered + queued`.
package struct DestinationRow: Sendable {
    /// Its bit in an event's routes: 0 to 61.
    package var id: Int64
    package var name: String
    /// Its key in an event's `integrations`.
    package var key: String
    /// Events up to this id are done, except for dead letters.
    package var position: Int64
    package var routed: Int64
    package var delivered: Int64
    package var dropped: Int64
    package var deadLettered: Int64
    /// Events up to this id were tried: their bodies do not change any more.
    package var attempted: Int64
    /// The state of its retries, as JSON; `nil` before the first attempt.
    package var retry: String?

    /// Events that wait, by the sums.
    package var queued: Int64 { routed - delivered - dropped - deadLettered }
}

package final class DestinationTable {
    private let connection: Connection
    private static let columns = "id, name, key, position, routed, delivered, dropped, dead_lettered, retry, attempted"
    private var selectAll = LazyStatement(
        "SELECT \(columns) FROM destination WHERE id BETWEEN 0 AND \(maximumCount - 1) ORDER BY id")
    private var selectOne = LazyStatement("SELECT \(columns) FROM destination WHERE id = ?1")
    private var insert = LazyStatement("INSERT INTO destination (id, name, key, position) VALUES (?1, ?2, ?3, ?4)")
    private var addRouted = LazyStatement("UPDATE destination SET routed = routed + ?2 WHERE id = ?1")
    private var advance = LazyStatement(
        "UPDATE destination SET position = max(position, ?2), delivered = delivered + ?3 WHERE id = ?1")
    private var addDropped = LazyStatement("UPDATE destination SET dropped = dropped + ?2 WHERE id = ?1")
    private var addDead = LazyStatement("UPDATE destination SET dead_lettered = dead_lettered + ?2 WHERE id = ?1")
    private var setRetry = LazyStatement("UPDATE destination SET retry = ?2 WHERE id = ?1")
    private var setKey = LazyStatement("UPDATE destination SET key = ?2 WHERE id = ?1")
    private var setAttempted = LazyStatement(
        "UPDATE destination SET attempted = max(attempted, ?2) WHERE id = ?1")
    private var insertException = LazyStatement(
        "INSERT OR REPLACE INTO exception (destination, event, kind, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)")

    private var selectLetters = LazyStatement(
        "SELECT destination FROM exception WHERE event = ?1 AND kind = 1")
    private var selectReason = LazyStatement(
        "SELECT reason FROM exception WHERE destination = ?1 AND event = ?2 AND kind = 1")
    private var selectDead = LazyStatement(
        """
        SELECT x.event, x.destination, coalesce(d.name, ''), x.reason, x.at, coalesce(v.body, e.body)
        FROM exception x JOIN event e ON e.id = x.event LEFT JOIN destination d ON d.id = x.destination
        LEFT JOIN variant v ON v.event = e.id AND v.destination = x.destination
        WHERE x.kind = 1 ORDER BY x.event, x.destination LIMIT ?1
        """)
    private var deleteDone = LazyStatement("DELETE FROM exception WHERE destination = ?1 AND event <= ?2 AND kind = 2")
    private var selectAside = LazyStatement("SELECT destination FROM exception WHERE event = ?1")
    private var addDelivered = LazyStatement("UPDATE destination SET delivered = delivered + ?2 WHERE id = ?1")
    private var delete = LazyStatement("DELETE FROM destination WHERE id = ?1")
    private var deleteImpossible = LazyStatement(
        "DELETE FROM destination WHERE id NOT BETWEEN 0 AND \(maximumCount - 1)")
    private var deleteException = LazyStatement(
        "DELETE FROM exception WHERE destination = ?1 AND event = ?2 AND kind = 1")

    private var letterTotals = LazyStatement(
        """
        SELECT (SELECT count(*) FROM exception WHERE kind = \(deadLetter)),
        (SELECT coalesce(sum(length(body)), 0) FROM event
            WHERE id IN (SELECT event FROM exception WHERE kind = \(deadLetter)))
        + (SELECT coalesce(sum(length(CAST(reason AS BLOB))), 0) FROM exception WHERE kind = \(deadLetter))
        + (SELECT coalesce(sum(length(v.body)), 0) FROM exception x
            JOIN variant v ON v.event = x.event AND v.destination = x.destination WHERE x.kind = \(deadLetter))
        """)

    /// Each destination has one bit of a signed 64-bit integer.
    package static let maximumCount = 62
    /// The bits of all possible destinations.
    package static let allBits: Int64 = 1 << maximumCount - 1

    /// Removes rows whose id is no bit, which only damage produces, so that their names can
    /// be used again.
    package func removeImpossible() throws(StoreError) { try deleteImpossible(connection).run() }

    /// The `kind` of a dead letter in `exception`.
    package static let deadLetter: Int64 = 1
    /// The `kind` of an event that is done while earlier ones still wait.
    package static let done: Int64 = 2

    init(_ connection: Connection) { self.connection = connection }

    private func row(_ statement: Statement) -> DestinationRow {
        DestinationRow(
            id: statement.key(0), name: statement.text(1) ?? "", key: statement.text(2) ?? "",
            position: statement.count(3), routed: statement.count(4), delivered: statement.count(5),
            dropped: statement.count(6), deadLettered: statement.count(7), attempted: statement.count(9),
            retry: statement.text(8))
    }

    package func all() throws(StoreError) -> [DestinationRow] {
        let statement = try selectAll(connection)
        defer { statement.reset() }
        var rows: [DestinationRow] = []
        while try statement.step() { rows.append(row(statement)) }
        return rows
    }

    package func row(_ id: Int64) throws(StoreError) -> DestinationRow? {
        let statement = try selectOne(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        return try statement.step() ? row(statement) : nil
    }

    package func add(id: Int64, name: String, key: String, position: Int64) throws(StoreError) {
        let statement = try insert(connection)
        statement.bind(1, id)
        statement.bind(2, name)
        statement.bind(3, key)
        statement.bind(4, position)
        try statement.run()
    }

    package func remove(_ id: Int64) throws(StoreError) {
        let statement = try delete(connection)
        statement.bind(1, id)
        try statement.run()
    }

    private func add(_ amount: Int64, to id: Int64, _ lazy: inout LazyStatement) throws(StoreError) {
        guard amount != 0 else { return }
        let statement = try lazy(connection)
        statement.bind(1, id)
        statement.bind(2, amount)
        try statement.run()
    }

    package func addRouted(_ count: Int64, to id: Int64) throws(StoreError) { try add(count, to: id, &addRouted) }
    package func addDropped(_ count: Int64, to id: Int64) throws(StoreError) { try add(count, to: id, &addDropped) }

    /// Moves the position forward over events that are done, and counts those delivered.
    package func advance(_ id: Int64, to position: Int64, delivered: Int64) throws(StoreError) {
        let statement = try advance(connection)
        statement.bind(1, id)
        statement.bind(2, position)
        statement.bind(3, delivered)
        try statement.run()
    }

    package func setRetry(_ state: String?, of id: Int64) throws(StoreError) {
        let statement = try setRetry(connection)
        statement.bind(1, id)
        statement.bind(2, state)
        try statement.run()
    }

    package func setKey(_ key: String, of id: Int64) throws(StoreError) {
        let statement = try setKey(connection)
        statement.bind(1, id)
        statement.bind(2, key)
        try statement.run()
    }

    /// Notes that events up to an id are about to be tried.
    package func setAttempted(_ event: Int64, of id: Int64) throws(StoreError) {
        let statement = try setAttempted(connection)
        statement.bind(1, id)
        statement.bind(2, event)
        try statement.run()
    }

    /// The destinations that an event is a dead letter of.
    package func deadLetters(of event: Int64) throws(StoreError) -> [Int64] {
        let statement = try selectLetters(connection)
        defer { statement.reset() }
        statement.bind(1, event)
        var ids: [Int64] = []
        while try statement.step() { ids.append(statement.key(0)) }
        return ids
    }

    /// Why a destination refused an event; `nil` when the event is no dead letter of it.
    package func reason(of event: Int64, at id: Int64) throws(StoreError) -> String? {
        let statement = try selectReason(connection)
        defer { statement.reset() }
        statement.bind(1, id)
        statement.bind(2, event)
        return try statement.step() ? statement.text(0) ?? "" : nil
    }

    /// A dead letter, with its destination's name and its body.
    package struct DeadLetter: Sendable {
        package var event: Int64
        package var destination: Int64
        package var name: String
        package var reason: String
        /// Milliseconds since 1970.
        package var at: Int64
        /// The body that the destination got.
        package var body: String
    }

    /// How many dead letters there are, and the bytes of their events and reasons.
    package func deadLetterTotals() throws(StoreError) -> (count: Int64, bytes: Int64) {
        let statement = try letterTotals(connection)
        defer { statement.reset() }
        return try statement.step() ? (statement.count(0), statement.count(1)) : (0, 0)
    }

    /// The oldest dead letters, at most `limit`.
    package func deadLetters(limit: Int = .max) throws(StoreError) -> [DeadLetter] {
        let statement = try selectDead(connection)
        defer { statement.reset() }
        statement.bind(1, limit)
        var letters: [DeadLetter] = []
        while try statement.step() {
            letters.append(
                DeadLetter(
                    event: statement.key(0), destination: statement.key(1), name: statement.text(2) ?? "",
                    reason: statement.text(3) ?? "", at: statement.integer(4),
                    body: String(decoding: statement.bytes(5), as: UTF8.self)))
        }
        return letters
    }

    /// Notes that an event is done while earlier ones still wait.
    package func addDone(_ event: Int64, of id: Int64, at time: Int64) throws(StoreError) {
        let statement = try insertException(connection)
        statement.bind(1, id)
        statement.bind(2, event)
        statement.bind(3, Self.done)
        statement.bind(4, nil)
        statement.bind(5, time)
        try statement.run()
    }

    /// Removes these notes up to an id, which the position has passed.
    package func removeDone(upTo event: Int64, of id: Int64) throws(StoreError) {
        let statement = try deleteDone(connection)
        statement.bind(1, id)
        statement.bind(2, event)
        try statement.run()
    }

    /// The destinations for which an event is a dead letter, or done before earlier ones.
    package func aside(_ event: Int64) throws(StoreError) -> Set<Int64> {
        let statement = try selectAside(connection)
        defer { statement.reset() }
        statement.bind(1, event)
        var ids: Set<Int64> = []
        while try statement.step() { ids.insert(statement.key(0)) }
        return ids
    }

    package func addDelivered(_ count: Int64, to id: Int64) throws(StoreError) { try add(count, to: id, &addDelivered) }

    /// Removes a dead letter from the list and from the sums.
    ///
    /// - Parameter drops: Whether it counts as dropped; if not, it is queued again.
    /// - Returns: false, with nothing changed, when another process removed it.
    @discardableResult
    package func removeDeadLetter(_ event: Int64, of id: Int64, drops: Bool) throws(StoreError) -> Bool {
        let statement = try deleteException(connection)
        statement.bind(1, id)
        statement.bind(2, event)
        try statement.run()
        guard connection.changes == 1 else { return false }
        try add(-1, to: id, &addDead)
        if drops { try add(1, to: id, &addDropped) }
        return true
    }

    /// Makes an event a dead letter: the destination refused its content.
    package func addDeadLetter(
        _ event: Int64, of id: Int64, reason: String, at time: Int64
    ) throws(StoreError) {
        let statement = try insertException(connection)
        statement.bind(1, id)
        statement.bind(2, event)
        statement.bind(3, Self.deadLetter)
        statement.bind(4, KeptText.cut(reason))
        statement.bind(5, time)
        try statement.run()
        try add(1, to: id, &addDead)
    }
}
