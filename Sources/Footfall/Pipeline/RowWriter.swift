// SPDX-License-Identifier: MIT
import FootfallStore

/// Writes the rows of one transaction, and the counters that belong to them.
struct RowWriter {
    let store: Store
    private let now: Int64
    private let firstID: Int64
    private(set) var nextID: Int64
    private var routed: [Int64] = Array(repeating: 0, count: DestinationTable.maximumCount)

    init(_ store: Store, now: Int64, nextID: Int64) {
        self.store = store
        self.now = now
        firstID = nextID
        self.nextID = nextID
    }

    /// Rows written so far.
    var count: Int { Int(nextID - firstID) }

    mutating func add(
        body: UnsafeBufferPointer<UInt8>, routes: Routes, priority: Int64, clock: Int64,
        variants: [(destination: Int64, body: UnsafeBufferPointer<UInt8>)]
    ) throws(StoreError) {
        try store.events.add(
            id: nextID, routes: routes.bits, priority: priority, stored: now, clock: clock, body: body)
        for (destination, body) in variants { try store.events.addVariant(of: nextID, for: destination, body: body) }
        nextID += 1
        routes.forEach { routed[Int($0)] += 1 }
    }

    /// Writes the counters.
    func finish(drops: [DropReason: Int64], spoolMarks: [(id: String, last: Int64)]) throws(StoreError) {
        let rows = Int64(count)
        if rows > 0 {
            let counters = store.counters
            // The counter begins at 0, the ids at 1.
            let stored = try counters.value(CounterTable.nextEvent)
            try counters.add(nextID - stored, to: CounterTable.nextEvent)
            try counters.add(rows, to: CounterTable.stored)
            try counters.add(rows, to: CounterTable.rows)
        }
        for id in routed.indices where routed[id] > 0 { try store.destinations.addRouted(routed[id], to: Int64(id)) }
        for (reason, count) in drops { try store.counters.add(count, to: CounterTable.droppedPrefix + reason.rawValue) }
        for mark in spoolMarks { try store.spools.setLast(mark.last, of: mark.id) }
    }

    /// How many events wait for each destination.
    func queued() throws(StoreError) -> [Int64: Int64] {
        var queued: [Int64: Int64] = [:]
        for row in try store.destinations.all() { queued[row.id] = row.queued }
        return queued
    }
}
