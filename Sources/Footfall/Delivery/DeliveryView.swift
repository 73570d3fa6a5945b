// SPDX-License-Identifier: MIT
import FootfallStore

/// What the store says of the deliveries, for the calls that wait for a flush.
struct DeliveryView {
    var sums: DeliverySums
    /// What became of the events that callers wait for, by their rows.
    var awaited: [[Int64]: AwaitedEvents] = [:]
}

extension DeliveryView {
    /// - Parameters:
    ///   - destinations: The destinations of this client, with their bits.
    ///   - events: The rows that callers wait for.
    init(
        _ store: Store, of destinations: [(id: Int64, name: String)], events: [[Int64]] = []
    ) throws(StoreError) {
        let rows = try store.destinations.all()
        let own = rows.filter { row in
            destinations.contains { $0.id == row.id && $0.name.isIdentical(to: row.name) }
        }
        sums = try DeliverySums(store, rows, own: Set(own.map(\.id)))
        for list in events { awaited[list] = try AwaitedEvents(list, store, own) }
    }
}

/// The sums of the destinations of this client.
struct DeliverySums: Equatable {
    /// What became of one destination's events since it has its row.
    struct Total: Equatable {
        var delivered: Int64 = 0
        var dropped: Int64 = 0
        var deadLettered: Int64 = 0
    }

    /// By the destination's bit.
    var totals: [Int64: Total] = [:]
    /// Events that wait, by the destination's bit.
    var waiting: [Int64: Int64] = [:]
    /// While the store has no destination, all that is stored waits for the first.
    var unclaimed: Int64 = 0
    /// What waits for destinations that this client does not have.
    var elsewhere: [FlushReport.Backlog] = []
}

extension DeliverySums {
    init(_ store: Store, _ rows: [DestinationRow], own: Set<Int64>) throws(StoreError) {
        if rows.isEmpty { unclaimed = try store.counters.value(CounterTable.rows) }
        for row in rows {
            guard own.contains(row.id) else {
                if row.queued > 0 { elsewhere.append(FlushReport.Backlog(destination: row.name, queued: row.queued)) }
                continue
            }
            totals[row.id] = Total(
                delivered: row.delivered, dropped: row.dropped, deadLettered: row.deadLettered)
            if row.queued > 0 { waiting[row.id] = row.queued }
        }
    }
}

/// What became of stored events that a caller waits for, at the destinations of this client.
struct AwaitedEvents: Equatable {
    /// How many of them still wait, by the destination's bit.
    var waiting: [Int64: Int64] = [:]
    var refusals: [FlushReport.Refusal] = []

    func isWaiting(for destination: Int64) -> Bool { waiting[destination] != nil }
}

extension AwaitedEvents {
    /// An event without a row was delivered, or removed by an erasure.
    init(_ events: [Int64], _ store: Store, _ own: [DestinationRow]) throws(StoreError) {
        for row in own {
            for event in events {
                if try store.events.isWaiting(event, for: row.id, after: row.position) {
                    waiting[row.id, default: 0] += 1
                } else if let reason = try store.destinations.reason(of: event, at: row.id) {
                    refusals.append(FlushReport.Refusal(destination: row.name, reason: reason))
                }
            }
        }
    }
}
