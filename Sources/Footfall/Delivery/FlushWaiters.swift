// SPDX-License-Identifier: MIT
import FootfallStore

/// The calls of `flush` that wait for their report.
///
/// Invariant: each waiter is here from its call until its reply is fulfilled, so that no
/// call waits longer than its limit.
struct FlushWaiters {
    /// One call of `flush`.
    struct Waiter {
        let reply: Reply<FlushReport>
        /// In nanoseconds since boot.
        let deadline: Int64
        /// The sums when its flush began; `nil` when the store could not be read then.
        fileprivate(set) var start: DeliverySums?

        init(reply: Reply<FlushReport>, deadline: Int64) {
            self.reply = reply
            self.deadline = deadline
        }

        /// What its caller is told.
        func report(_ sums: DeliverySums, isBlocked: Bool, problems: [String]) -> FlushReport {
            var report = FlushReport()
            report.queued = sums.queued
            report.delivered = sums.delivered - (start?.delivered ?? sums.delivered)
            report.dropped = sums.lost - (start?.lost ?? sums.lost)
            report.isBlocked = isBlocked
            report.problems = problems
            return report
        }
    }

    /// Why waiters are answered now.
    enum Occasion {
        /// Only the waiters whose time is over.
        case time
        /// All: nothing is left, or nothing more can be done.
        case rest
        /// All: the thread ends.
        case end
    }

    private var waiters: [Waiter] = []

    var isEmpty: Bool { waiters.isEmpty }

    /// The earliest deadline; `Int64.max` without waiters.
    var deadline: Int64 { waiters.reduce(.max) { min($0, $1.deadline) } }

    mutating func add(_ waiter: Waiter, start: DeliverySums? = nil) {
        var waiter = waiter
        waiter.start = start
        waiters.append(waiter)
    }

    /// Whether a waiter is to be answered.
    func isAnswerDue(_ occasion: Occasion, at now: Int64) -> Bool { waiters.contains { $0.isDue(occasion, now) } }

    /// Removes the waiters that are to be answered.
    mutating func removeDue(_ occasion: Occasion, at now: Int64) -> [Waiter] {
        let due = waiters.filter { $0.isDue(occasion, now) }
        waiters.removeAll { $0.isDue(occasion, now) }
        return due
    }
}

extension FlushWaiters.Waiter {
    fileprivate func isDue(_ occasion: FlushWaiters.Occasion, _ now: Int64) -> Bool {
        occasion != .time || deadline <= now
    }
}

/// The events of all destinations together.
struct DeliverySums: Equatable {
    var delivered: Int64
    /// Events that wait. While there is no destination, all that is stored waits for the first.
    var queued: Int64
    /// Events that were dropped or became dead letters.
    var lost: Int64
}

extension DeliverySums {
    init(_ store: Store) throws(StoreError) {
        let rows = try store.destinations.all()
        let stored = try store.counters.value(CounterTable.rows)
        // The events of removed destinations stay in the sums, or a flush would report less than nothing.
        delivered = try store.counters.value(CounterTable.removedDelivered)
        lost = try store.counters.value(CounterTable.removedDropped)
        queued = rows.isEmpty ? stored : 0
        for row in rows {
            delivered += row.delivered
            queued += row.queued
            lost += row.dropped + row.deadLettered
        }
    }
}
