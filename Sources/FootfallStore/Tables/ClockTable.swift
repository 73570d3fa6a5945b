// SPDX-License-Identifier: MIT

/// A period of one boot in which the wall clock ran without a step.
package struct ClockRow: Sendable, Equatable {
    package var id: Int64
    package var bootID: String
    /// The wall time minus the time since boot, in milliseconds.
    package var offset: Int64
    /// Whether its wall time was possible when it was first seen: not before the date of
    /// this library.
    package var isPlausible: Bool
    /// The right offset of the whole boot; `nil` while it is unknown.
    package var truth: Int64?

    package init(id: Int64, bootID: String, offset: Int64, isPlausible: Bool, truth: Int64? = nil) {
        self.id = id
        self.bootID = bootID
        self.offset = offset
        self.isPlausible = isPlausible
        self.truth = truth
    }
}

/// The clocks that stamped the stored events.
package final class ClockTable {
    private let connection: Connection
    private var select = LazyStatement("SELECT id, boot, offset, plausible, truth FROM clock ORDER BY id")
    private var insert = LazyStatement(
        "INSERT INTO clock (id, boot, offset, plausible, truth) VALUES (?1, ?2, ?3, ?4, ?5)")
    private var setTruth = LazyStatement("UPDATE clock SET truth = ?2 WHERE boot = ?1")
    private var deleteUnused = LazyStatement(
        "DELETE FROM clock WHERE boot <> ?1 AND NOT EXISTS (SELECT 1 FROM event WHERE event.clock = clock.id)")
    private var deleteMoved = LazyStatement(
        """
        DELETE FROM clock WHERE boot = ?1 AND abs(offset - ?2) > ?3
        AND NOT EXISTS (SELECT 1 FROM event WHERE event.clock = clock.id)
        """)

    init(_ connection: Connection) { self.connection = connection }

    package func all() throws(StoreError) -> [ClockRow] {
        let statement = try select(connection)
        defer { statement.reset() }
        var rows: [ClockRow] = []
        while try statement.step() {
            rows.append(
                ClockRow(
                    id: statement.count(0), bootID: statement.text(1) ?? "", offset: statement.integer(2),
                    isPlausible: statement.flag(3), truth: statement.isNull(4) ? nil : statement.integer(4)))
        }
        return rows
    }

    package func add(_ row: ClockRow) throws(StoreError) {
        let statement = try insert(connection)
        statement.bind(1, row.id)
        statement.bind(2, row.bootID)
        statement.bind(3, row.offset)
        statement.bind(4, row.isPlausible ? 1 : 0)
        if let truth = row.truth { statement.bind(5, truth) } else { statement.bindNull(5) }
        try statement.run()
    }

    /// Sets the right offset of a boot.
    package func setTruth(_ offset: Int64, of bootID: String) throws(StoreError) {
        let statement = try setTruth(connection)
        statement.bind(1, bootID)
        statement.bind(2, offset)
        try statement.run()
    }

    /// Removes the clocks of other boots that stamped no stored event. It reads all events,
    /// so it is called only when a clock is added.
    package func removeUnused(but bootID: String) throws(StoreError) {
        let unused = try deleteUnused(connection)
        unused.bind(1, bootID)
        try unused.run()
    }

    /// Removes the wrong clocks of a boot that stamped no stored event.
    package func removeMoved(_ bootID: String, truth: Int64, tolerance: Int64) throws(StoreError) {
        let statement = try deleteMoved(connection)
        statement.bind(1, bootID)
        statement.bind(2, truth)
        statement.bind(3, tolerance)
        try statement.run()
    }
}
