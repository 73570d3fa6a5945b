// SPDX-License-Identifier: MIT
import FootfallStore

// Telling those who wait for a flush what it came to.
extension Uploader {
    /// The sums of now; `nil` when the store cannot be read now, which the next turn tries again.
    func sums() -> DeliverySums? {
        try? runtime.gate.withStore { (store) throws(StoreError) in try DeliverySums(store) }
    }

    func answerWaiters(isEnding: Bool = false) {
        guard !waiters.isEmpty else { return }
        let now = clock.boot()
        let isSettled = lanes.allSatisfy { $0.isSettled || isGivenUp($0, now) }
        let occasion: FlushWaiters.Occasion = isEnding ? .end : isSettled ? .rest : .time
        guard waiters.isAnswerDue(occasion, at: now) else { return }
        guard let sums = sums() else {
            // Those who have time are answered when the store can be read again.
            let late = lock.withLock { waiters.removeDue(isEnding ? .end : .time, at: now) }
            for waiter in late { waiter.reply.fulfil(FlushReport(problem: "the store cannot be read now")) }
            return
        }
        let due = lock.withLock { waiters.removeDue(occasion, at: now) }
        let left = lanes.filter { $0.queued > 0 }
        let isBlocked = sums.queued > 0 && !left.isEmpty && left.allSatisfy(\.isSettled)
        var problems = left.map(problem)
        if isEnding, sums.queued > 0 { problems.append("the client is being closed") }
        for waiter in due {
            waiter.reply.fulfil(waiter.report(sums, isBlocked: isBlocked, problems: problems))
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
