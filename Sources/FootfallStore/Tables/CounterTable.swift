// SPDX-License-Identifier: MIT

/// Counters by name.
package final class CounterTable {
    private let connection: Connection
    private var select = LazyStatement("SELECT value FROM counter WHERE name = ?1")
    private var selectAll = LazyStatement("SELECT name, value FROM counter ORDER BY name")
    private var upsert = LazyStatement(
        "INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = value + ?2")
    private var replace = LazyStatement("INSERT OR REPLACE INTO counter (name, value) VALUES (?1, ?2)")
    private var delete = LazyStatement("DELETE FROM counter WHERE name = ?1")

    /// Events that were stored, ever.
    package static let stored = "stored"
    /// Deliveries of events to destinations, ever.
    package static let delivered = "delivered"
    /// Rows in `event` now.
    package static let rows = "rows"
    /// The id that the next event gets.
    package static let nextEvent = "next.event"
    /// Commits made only to get earlier ones onto the disk.
    package static let syncs = "hardenings"
    /// How often a damaged store was replaced.
    package static let recoveries = "recoveries"
    /// Milliseconds that the machine was up since the store was made, in steps.
    package static let lived = "lived"
    /// How often the times of stored events were corrected.
    package static let clockCorrections = "redatings"
    /// The sums of removed destinations, for which `routed = delivered + dropped`.
    package static let removedRouted = "removed.routed"
    package static let removedDelivered = "removed.delivered"
    package static let removedDropped = "removed.dropped"
    /// The beginning of the counters of dropped events; the reason follows.
    package static let droppedPrefix = "dropped."

    init(_ connection: Connection) { self.connection = connection }

    package func value(_ name: String) throws(StoreError) -> Int64 {
        let statement = try select(connection)
        defer { statement.reset() }
        statement.bind(1, name)
        return try statement.step() ? statement.count(0) : 0
    }

    package func add(_ amount: Int64, to name: String) throws(StoreError) {
        guard amount != 0 else { return }
        let statement = try upsert(connection)
        statement.bind(1, name)
        statement.bind(2, amount)
        try statement.run()
    }

    package func set(_ value: Int64, of name: String) throws(StoreError) {
        let statement = try replace(connection)
        statement.bind(1, name)
        statement.bind(2, value)
        try statement.run()
    }

    package func remove(_ name: String) throws(StoreError) {
        let statement = try delete(connection)
        statement.bind(1, name)
        try statement.run()
    }

    package func all() throws(StoreError) -> [(name: String, value: Int64)] {
        let statement = try selectAll(connection)
        defer { statement.reset() }
        var rows: [(name: String, value: Int64)] = []
        while try statement.step() { rows.append((statement.text(0) ?? "", statement.count(1))) }
        return rows
    }
}
