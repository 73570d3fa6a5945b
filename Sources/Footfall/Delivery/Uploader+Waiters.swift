// SPDX-License-Identifier: MIT
import FootfallStore

// Telling those who wait for a flush what it came to.
extension Uploader {
    func sums() -> (delivered: Int64, queued: Int64, lost: Int64)? {
        // Asked again at the next turn.
        let found = try? runtime.gate.withStore { (store) throws(StoreError) in
            (
                try store.destinations.all(), try store.counters.value(CounterTable.rows),
                // A destination that is removed meanwhile takes nothing away.
                try store.counters.value(CounterTable.removedDelivered),
                try store.counters.value(CounterTable.removedDropped)
            )
        }
        guard let (rows, stored, delivered, dropped) = found else { return nil }
        // Without any destination, what is stored waits for the first.
        return rows.reduce(into: (delivered, rows.isEmpty ? stored : 0, dropped)) { sum, row in
            sum.delivered += row.delivered
            sum.queued += row.queued
            sum.lost += row.dropped + row.deadLettered
        }
    }

    func answerWaiters(isEnding: Bool = false) {
        guard !waiters.isEmpty else { return }
        let now = clock.boot()
        let isSettled = lanes.allSatisfy { $0.isSettled || isGivenUp($0, now) }
        let ready = waiters.filter { isEnding || isSettled || $0.deadline <= now }
        guard !ready.isEmpty else { return }
        guard let sums = sums() else {
            // What could not be delivered can be told when the time is over.
            let over = waiters.filter { isEnding || $0.deadline <= now }
            lock.withLock { waiters.removeAll { isEnding || $0.deadline <= now } }
            for waiter in over { waiter.reply.fulfil(FlushReport(problem: "the store cannot be read now")) }
            return
        }
        lock.withLock { waiters.removeAll { isEnding || isSettled || $0.deadline <= now } }
        for waiter in ready {
            var report = FlushReport()
            report.queued = sums.queued
            report.delivered = sums.delivered - (waiter.start?.delivered ?? sums.delivered)
            report.dropped = sums.lost - (waiter.start?.lost ?? sums.lost)
            let left = lanes.filter { $0.queued > 0 }
            report.isBlocked = sums.queued > 0 && !left.isEmpty && left.allSatisfy(\.isSettled)
            report.problems = left.map(problem)
            if isEnding, sums.queued > 0 { report.problems.append("the client is being closed") }
            waiter.reply.fulfil(report)
        }
    }

    /// What can be said where no thread delivers: of a client that is closed, or
    /// in a forked child that must leave it to others.
    func unable() -> FlushReport {
        touchWakeFile()
        var report = FlushReport(
            problem: lock.withLock { isForbidden }
                ? "this process was forked while its parent was delivering; any other process on this store delivers its events"
                : "the client is closed")
        report.queued = sums()?.queued ?? 0
        return report
    }

    /// Another process was asked two seconds ago and did nothing.
    private func isGivenUp(_ lane: DestinationUploader, _ now: Int64) -> Bool {
        guard let asked = lane.asked, !lane.lock.isHeld else { return false }
        return now - asked.at > Duration.seconds(2).nanoseconds && lane.queued >= asked.queued
    }

    private func problem(_ lane: DestinationUploader) -> String {
        if let problem = lane.lockProblem, !lane.lock.isHeld { return "\(lane.name): \(problem)" }
        if lane.asked != nil, !lane.lock.isHeld {
            return "\(lane.name): process \(lane.lock.holder ?? "?") delivers for it and does not answer"
        }
        if let refusal = lane.refusal { return "\(lane.name): \(refusal)" }
        return "\(lane.name): \(lane.machine.lastError ?? "\(lane.queued) events are under way")"
    }
}
