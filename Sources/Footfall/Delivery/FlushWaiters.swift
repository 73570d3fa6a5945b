// SPDX-License-Identifier: MIT
import FootfallStore

/// The calls of `flush` that wait for their report. Pure: decides which are answered.
///
/// Invariant: each waiter is here from its call until its reply is fulfilled, so that no
/// call waits longer than its limit.
struct FlushWaiters {
    /// One call of `flush`.
    struct Waiter {
        let reply: Reply<FlushReport>
        /// In nanoseconds since boot.
        let deadline: Int64
        /// The rows of the events that its caller waits for; `nil` for all events.
        let events: [Int64]?
        /// Where its caller reads the report as it would be now.
        let latest: LatestReport?
        /// Its flush, while its calls were being stored.
        let start: FlushStart?
        /// What was done since its flush began.
        fileprivate var progress = FlushProgress()

        init(
            reply: Reply<FlushReport>, deadline: Int64, events: [Int64]? = nil, latest: LatestReport? = nil,
            start: FlushStart? = nil
        ) {
            self.reply = reply
            self.deadline = deadline
            self.events = events
            self.latest = latest
            self.start = start
        }
    }

    /// What the uploader knows in one of its turns.
    struct Turn {
        /// In nanoseconds since boot.
        var now: Int64
        /// The destinations that this process delivers for.
        var destinations: [DestinationStanding] = []
        /// The destinations of this process that the store has no row for yet.
        var unregistered: [String] = []
        /// Whether the thread ends: all waiters are answered.
        var isEnding = false
    }

    /// A waiter with its report.
    struct Answer {
        let reply: Reply<FlushReport>
        let report: FlushReport
    }

    /// A caller that watches its flush sees the time pass.
    static let lookInterval = Duration.seconds(1).nanoseconds

    private var waiters: [Waiter] = []
    /// Flushes whose calls are being stored.
    private var begun: [FlushStart.Entry] = []

    var isEmpty: Bool { waiters.isEmpty }

    /// The events that callers wait for.
    var events: [[Int64]] { waiters.compactMap(\.events) }

    /// When the waiters are looked at again although nothing happens; `Int64.max` without waiters.
    func nextLook(after now: Int64) -> Int64 {
        let deadline = waiters.reduce(.max) { min($0, $1.deadline) }
        return waiters.contains { $0.latest != nil } ? min(deadline, now + Self.lookInterval) : deadline
    }

    /// Whether the sums count from here on: a flush begins, or a destination comes while one is under way.
    func needsSums(_ mail: UploaderInbox) -> Bool {
        !mail.starts.isEmpty || !mail.waiters.isEmpty || !mail.added.isEmpty && !(waiters.isEmpty && begun.isEmpty)
    }

    /// - Parameter sums: As they are now; `nil` when the store cannot be read.
    mutating func take(_ mail: UploaderInbox, _ sums: DeliverySums?) {
        begun.add(mail.starts)
        if let sums {
            for index in begun.indices { begun[index].progress.look(at: sums) }
            for index in waiters.indices { waiters[index].progress.look(at: sums) }
        }
        for waiter in mail.waiters { add(waiter, start: sums) }
    }

    /// - Parameter start: The sums when its caller began to wait; `nil` when the store cannot be read then.
    mutating func add(_ waiter: Waiter, start: DeliverySums? = nil) {
        var waiter = waiter
        waiter.progress = begun.take(waiter.start)
        if let start { waiter.progress.look(at: start) }
        waiters.append(waiter)
    }

    /// Whether the store must be read in this turn.
    func needsStore(_ turn: Turn) -> Bool {
        waiters.contains { waiter in
            waiter.latest != nil || waiter.events != nil || waiter.isDue(turn, nil)
                || turn.destinations.contains { !waiter.progress.knows($0.id) }
        }
    }

    /// Removes the waiters that are to be answered, and shows the others how far it is.
    ///
    /// - Parameter view: `nil` when the store cannot be read. Waiters with time left are answered
    ///   when it can be read again.
    mutating func answer(_ turn: Turn, _ view: DeliveryView?) -> [Answer] {
        var answers: [Answer] = []
        if let view { for index in waiters.indices { waiters[index].progress.look(at: view.sums) } }
        waiters.removeAll { waiter in
            guard let view else {
                guard turn.isEnding || waiter.deadline <= turn.now else { return false }
                let report = FlushReport(problem: "the store cannot be read now")
                answers.append(Answer(reply: waiter.reply, report: report))
                return true
            }
            let awaited = waiter.events.map { view.awaited[$0] ?? AwaitedEvents() }
            let isDue = waiter.isDue(turn, awaited)
            guard isDue || waiter.latest != nil else { return false }
            let report = waiter.report(turn, view.sums, awaited)
            guard isDue else {
                waiter.latest?.set(report)
                return false
            }
            answers.append(Answer(reply: waiter.reply, report: report))
            return true
        }
        return answers
    }
}

extension FlushWaiters.Waiter {
    /// Whether it is answered: its time is over, or no destination with an event that it waits
    /// for makes an attempt before that.
    fileprivate func isDue(_ turn: FlushWaiters.Turn, _ awaited: AwaitedEvents?) -> Bool {
        if turn.isEnding || deadline <= turn.now { return true }
        let involved = turn.destinations.filter { awaited?.isWaiting(for: $0.id) ?? true }
        return involved.allSatisfy { $0.restsUntil >= deadline }
    }

    /// What its caller is told.
    fileprivate func report(
        _ turn: FlushWaiters.Turn, _ sums: DeliverySums, _ awaited: AwaitedEvents?
    ) -> FlushReport {
        var report = FlushReport()
        let waiting = awaited?.waiting ?? sums.waiting
        let left = turn.destinations.filter { waiting[$0.id] ?? 0 > 0 }
        report.queued = waiting.values.reduce(awaited == nil ? sums.unclaimed : 0, +)
        report.delivered = progress.done.delivered
        report.dropped = progress.done.dropped
        report.deadLettered = progress.done.deadLettered
        // A destination that is tried now makes the first attempt, and has no time.
        let isTriedNow = left.contains { !$0.isAtRest && $0.nextAttempt == nil }
        report.nextAttempt = isTriedNow ? nil : left.compactMap(\.nextAttempt).min()
        report.isBlocked = !turn.isEnding && !left.isEmpty && left.allSatisfy { $0.isAtRest && $0.queued > 0 }
        report.problems = left.map(\.line)
        report.problems += turn.unregistered.map { "\($0): it has no place in the store yet" }
        if turn.destinations.isEmpty, turn.unregistered.isEmpty {
            report.problems.append(FlushReport.noDestination)
        }
        if turn.isEnding, report.queued > 0 { report.problems.append("the client is being closed") }
        if let awaited {
            report.refusals = awaited.refusals
        } else {
            report.queuedElsewhere = sums.elsewhere
        }
        return report
    }
}
