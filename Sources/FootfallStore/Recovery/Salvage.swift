// SPDX-License-Identifier: MIT

/// Copies what can be read of a damaged database into a new one.
struct Salvage {
    private let source: Connection
    private let store: Store
    /// Pages that cannot be read are jumped over by more and more ids, up to this.
    private static let longestJump: Int64 = 4_096

    init(from source: Connection, into store: Store) {
        self.source = source
        self.store = store
    }

    func run(_ report: inout StoreRecovery.Report) throws(StoreError) {
        for table in [
            ("kv", "key, value"), ("counter", "name, value"), ("spool", "id, last"),
            ("destination", "id, name, key, position, routed, delivered, dropped, dead_lettered, attempted, retry"),
            ("sessions", "id, start, last, clock, event"), ("clock", "id, boot, offset, plausible, truth"),
            ("exception", "destination, event, kind, reason, at"), ("variant", "event, destination, body"),
        ] { try copy(table.0, table.1) }
        try copyEvents()
        try settle(&report)
    }

    private func columns(_ list: String) -> Int32 { Int32(list.split(separator: ",").count) }

    private func insertion(_ table: String, _ list: String) throws(StoreError) -> Statement {
        let places = (1...columns(list)).map { "?\($0)" }.joined(separator: ", ")
        return try store.connection.prepare("INSERT OR REPLACE INTO \(table) (\(list)) VALUES (\(places))")
    }

    /// Copies a small table as far as it can be read, from both ends.
    private func copy(_ table: String, _ list: String) throws(StoreError) {
        let insert = try insertion(table, list)
        for order in ["ASC", "DESC"] {
            guard let select = try? source.prepare("SELECT \(list) FROM \(table) ORDER BY 1 \(order)") else { return }
            // The rest of it is what the damage took.
            while let hasRow = try? select.step(), hasRow {
                for column in 0..<columns(list) { insert.bind(column + 1, from: select, column) }
                // A row that does not fit (a text where a number belongs) is damage as well.
                try? insert.run()
            }
            if select.isAtEnd { return }
        }
    }

    private func copyEvents() throws(StoreError) {
        let list = "id, routes, priority, stored, clock, body"
        let insert = try insertion("event", list)
        guard let select = try? source.prepare("SELECT \(list) FROM event WHERE id > ?1 ORDER BY id") else { return }
        let end = (try? source.integer("SELECT max(id) FROM event")) ?? 0
        var last: Int64 = 0
        var jump: Int64 = 1
        while true {
            select.bind(1, last)
            var isBroken = false
            while true {
                guard let hasRow = try? select.step() else {
                    isBroken = true
                    break
                }
                guard hasRow else { break }
                jump = 1
                last = max(last, select.int64(0))
                for column in 0..<columns(list) { insert.bind(column + 1, from: select, column) }
                try? insert.run()  // as above
            }
            select.reset()
            guard isBroken, last < end else { return }
            let (next, overflow) = last.addingReportingOverflow(jump)
            guard !overflow else { return }
            last = next
            jump = min(jump * 2, Self.longestJump)
        }
    }

    /// Makes the sums what the rows say; what is missing is dropped.
    private func settle(_ report: inout StoreRecovery.Report) throws(StoreError) {
        let counters = store.counters
        let connection = store.connection
        let rows = try connection.integer("SELECT count(*) FROM event")
        let counted = try counters.value(CounterTable.rows)
        report.salvaged = rows
        report.lost = max(counted - rows, 0)
        try counters.add(rows - counted, to: CounterTable.rows)
        try counters.add(report.lost, to: CounterTable.droppedPrefix + "corrupt")
        let next = try connection.integer("SELECT coalesce(max(id), 0) + 1 FROM event")
        let known = try counters.value(CounterTable.nextEvent)
        if known < next { try counters.add(next - known, to: CounterTable.nextEvent) }

        let destinations = try store.destinations.all()
        // Nobody knows whose bits they are: whoever comes first takes them.
        if destinations.isEmpty { try connection.execute("UPDATE event SET routes = 0") }
        try connection.execute("DELETE FROM exception WHERE event NOT IN (SELECT id FROM event)")
        try connection.execute("DELETE FROM variant WHERE event NOT IN (SELECT id FROM event)")
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
    }
}
