// SPDX-License-Identifier: MIT

/// Copies all rows of a damaged database that can be read into a new one.
struct Salvage {
    private let source: Connection
    private let store: Store
    /// To get past unreadable pages, ids are skipped in growing steps of up to this many.
    private static let longestJump: Int64 = 4_096

    init(from source: Connection, into store: Store) {
        self.source = source
        self.store = store
    }

    /// To be called inside a transaction of the new store. Throws errors other than damage,
    /// such as a full disk or too little memory.
    func run() throws(StoreError) -> StoreRecovery.Report {
        for table in SalvagedTable.small { try copy(table) }
        try copyEvents()
        return try correctSums()
    }

    private func insertion(_ table: SalvagedTable) throws(StoreError) -> Statement {
        let places = table.columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
        return try store.connection.prepare("INSERT OR REPLACE INTO \(table.name) (\(table.list)) VALUES (\(places))")
    }

    /// Goes to the next row of the damaged database; `nil` when it cannot be read.
    private func step(_ select: Statement) throws(StoreError) -> Bool? {
        do throws(StoreError) {
            return try select.step()
        } catch {
            guard error.isDamage else { throw error }
            return nil
        }
    }

    private func prepare(_ sql: String) throws(StoreError) -> Statement? {
        do throws(StoreError) {
            return try source.prepare(sql)
        } catch {
            guard error.isDamage else { throw error }
            return nil
        }
    }

    private func insert(_ row: Statement, of table: SalvagedTable, by insertion: Statement) throws(StoreError) {
        guard table.accepts(row) else { return }
        for column in table.columns.indices { insertion.bind(Int32(column + 1), from: row, Int32(column)) }
        do throws(StoreError) {
            try insertion.run()
        } catch {
            // A row that violates a constraint, such as a name that comes twice, is damage.
            guard error.isDamage else { throw error }
        }
    }

    /// Copies a small table as far as it can be read, from both ends.
    private func copy(_ table: SalvagedTable) throws(StoreError) {
        let insertion = try insertion(table)
        for order in ["ASC", "DESC"] {
            guard let select = try prepare("SELECT \(table.list) FROM \(table.name) ORDER BY 1 \(order)") else {
                return
            }
            // The second order reads the rows behind the damage.
            while try step(select) == true { try insert(select, of: table, by: insertion) }
            if select.isAtEnd { return }
        }
    }

    private func copyEvents() throws(StoreError) {
        let table = SalvagedTable.events
        let insertion = try insertion(table)
        guard let select = try prepare("SELECT \(table.list) FROM event WHERE id > ?1 ORDER BY id") else { return }
        let end = try prepare("SELECT max(id) FROM event").map { (statement) throws(StoreError) in
            try step(statement) == true ? statement.key(0) : 0
        }
        var last: Int64 = 0
        var jump: Int64 = 1
        while true {
            select.bind(1, last)
            var row = try step(select)
            while row == true {
                jump = 1
                last = max(last, select.key(0))
                try insert(select, of: table, by: insertion)
                row = try step(select)
            }
            select.reset()
            guard row == nil, last < end ?? 0 else { return }
            let (next, overflow) = last.addingReportingOverflow(jump)
            guard !overflow else { return }
            last = next
            jump = min(jump * 2, Self.longestJump)
        }
    }

    /// Makes the sums agree with the rows. Missing events count as dropped.
    private func correctSums() throws(StoreError) -> StoreRecovery.Report {
        let counters = store.counters
        let connection = store.connection
        let destinations = try store.destinations.all()
        try removeWhatNoneWants(destinations)
        let rows = try connection.integer("SELECT count(*) FROM event")
        let counted = try counters.value(CounterTable.rows)
        let report = StoreRecovery.Report(salvaged: rows, lost: max(counted - rows, 0))
        try counters.add(rows - counted, to: CounterTable.rows)
        try counters.add(report.lost, to: CounterTable.droppedPrefix + "corrupt")
        // A new event whose id is at or below a destination's position would not be
        // delivered.
        let next = try connection.integer(
            """
            SELECT 1 + max((SELECT coalesce(max(id), 0) FROM event),
                (SELECT coalesce(max(position), 0) FROM destination),
                (SELECT coalesce(max(attempted), 0) FROM destination))
            """)
        let known = try counters.value(CounterTable.nextEvent)
        if known < next { try counters.add(next - known, to: CounterTable.nextEvent) }

        for row in destinations {
            let letters = try connection.integer(
                "SELECT count(*) FROM exception WHERE destination = \(row.id) AND kind = \(DestinationTable.deadLetter)"
            )
            let queued = try store.events.queued(for: row.id, after: row.position)
            try connection.execute("UPDATE destination SET dead_lettered = \(letters) WHERE id = \(row.id)")
            let missing = row.routed - row.delivered - row.dropped - letters - queued
            if missing >= 0 {
                try store.destinations.addDropped(missing, to: row.id)
            } else {
                try store.destinations.addRouted(-missing, to: row.id)
            }
        }
        return report
    }

    /// Removes the bits of lost destinations, and rows that belong to lost events or that no
    /// destination wants. An event that only lost destinations took counts as unclaimed: the
    /// next destination that is added takes it.
    private func removeWhatNoneWants(_ destinations: [DestinationRow]) throws(StoreError) {
        let known = destinations.reduce(Int64(0)) { $0 | 1 << $1.id }
        try store.connection.execute(
            """
            UPDATE event SET routes = routes & \(known) WHERE routes & ~\(known);
            DELETE FROM exception WHERE event NOT IN (SELECT id FROM event)
                OR destination NOT IN (SELECT id FROM destination);
            DELETE FROM variant WHERE event NOT IN (SELECT id FROM event);
            DELETE FROM event WHERE routes <> 0
                AND NOT EXISTS (SELECT 1 FROM destination d WHERE (event.routes >> d.id) & 1 AND d.position < event.id)
                AND NOT EXISTS (SELECT 1 FROM exception x WHERE x.event = event.id);
            """)
    }
}
