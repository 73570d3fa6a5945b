// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// Decides for one destination what its uploader does next: when a batch is read, tried,
/// given up and recorded. Pure: inputs, times (nanoseconds since boot) and random numbers
/// come in, actions go out.
///
/// Invariants:
/// - One batch at most is under way, and none while the result of another is not in the
///   store: the same events would go out again and again.
/// - A flush leads to another attempt, also while an attempt is under way.
/// - Every pause has an end.
/// - After ``Input/removed`` there is no action.
struct DestinationMachine: Sendable {
    private var schedule: Schedule
    private var phase = Phase.idle
    private(set) var retries: RetryStateMachine

    /// Events that wait, as the store said last.
    private(set) var queued: Int64
    /// Since when an event waits.
    private var waitingSince: Int64?
    /// Whether batches are tried until nothing is left.
    private(set) var isDraining = false
    /// A flush asked for all events to be delivered, until nothing is left.
    private var isDemanded = false
    /// A flush came while an attempt was under way: whatever its outcome, another follows.
    private var isAskedAgain = false
    /// A call waits for the end of a flush.
    private var isWaitedFor = false
    /// The batch behind the one under way was read.
    private var hasReadAhead = false
    /// Nothing is tried before this time.
    private var pausedUntil = Int64.min
    /// Why the network must not be used now.
    private var refusal: String?
    /// Nothing is tried, and other processes may deliver.
    private var isSuspended = false

    /// Which process delivers for the destination.
    private var holder = LockHolder()
    /// The retries of the process that delivers, once it is known that it waits, too: it failed
    /// after it was asked, or a server named a time.
    private var theirs: RetryStateMachine?

    init(schedule: Schedule, queued: Int64, retries: RetryStateMachine, now: Int64) {
        self.schedule = schedule
        self.queued = queued
        self.retries = retries
        if queued > 0 { waitingSince = now }
    }

    // MARK: - What is seen from outside

    /// The request under way.
    var request: Request? {
        guard case .requesting(let request) = phase else { return nil }
        return request
    }

    /// Whether a flush has no reason to wait longer: nothing is left, or nothing more can be
    /// done soon.
    var isAtRest: Bool {
        switch phase {
        case .removed: return true
        case .requesting, .recording, .unrecorded: return false
        case .idle, .beginning: break
        }
        if queued <= 0 || refusal != nil || holder.problem?.isUnusable == true { return true }
        switch decisive.state {
        case .blocked: return true
        // Events behind the suspects are still tried.
        case .refusing: return decisive.suspectsUntil == nil || !isDraining
        case .ready, .waiting: return false
        }
    }

    /// The retries that decide when the next attempt is made, be it by this process or another.
    private var decisive: RetryStateMachine { theirs ?? retries }

    /// Until when no attempt is made unless there is news: `Int64.max` at rest, `Int64.min`
    /// while something is under way or due. A flush that ends before does not wait for it.
    var restsUntil: Int64 {
        if isAtRest { return .max }
        switch phase {
        case .removed: return .max
        case .requesting, .recording, .unrecorded: return .min
        case .idle, .beginning: return decisive.nextAttempt
        }
    }

    /// When the next attempt is made, if that is later than now and nothing is under way.
    func nextAttempt(at now: Int64) -> Int64? {
        guard case .idle = phase, queued > 0, decisive.until > now else { return nil }
        return decisive.until
    }

    /// Whether the process that delivers was asked and does nothing.
    func isUnanswered(at now: Int64) -> Bool { holder.isUnanswered(at: now, queued: queued) }

    /// Why events are left, for the report of a flush.
    ///
    /// - Parameter name: The process that holds the lock, as it says itself.
    func problem(holder name: () -> String?) -> String {
        holder.obstacle(named: name, failure: theirs?.lastError) ?? refusal ?? retries.lastError
            ?? "delivering \(counted(queued, "event"))"
    }

    /// When the next turn is due; `Int64.max` for none.
    var deadline: Int64 {
        switch phase {
        case .removed, .requesting: return .max
        case .recording, .unrecorded: return pausedUntil
        case .idle, .beginning: break
        }
        if isSuspended { return .max }
        if isDraining { return max(retries.nextAttempt, holder.nextLook, pausedUntil) }
        guard queued > 0, schedule.isAutomatic || isWaitedFor else { return .max }
        let again = retries.suspectsUntil ?? .max
        guard schedule.interval > 0, let waitingSince else { return again }
        let (due, isNever) = waitingSince.addingReportingOverflow(schedule.interval)
        return isNever ? again : min(due, again)
    }

    // MARK: - Inputs

    /// Takes what happened.
    ///
    /// - Returns: what is to be done, in this order. At most one of the actions has an
    ///   answer, which is the next input.
    mutating func handle<R: RandomNumberGenerator>(_ input: Input, at now: Int64, random: inout R) -> [Action] {
        if case .removed = phase { return [] }
        switch input {
        case .queued(let count): queued = count
        case .flushWanted: flushWanted()
        case .waiterCame:
            holder.askAgain()
            theirs = nil
        case .holderMayHaveEnded: holder.lookAtOnce()
        case .scheduleChanged(let schedule): self.schedule = schedule
        case .networkUseChanged, .clockIsKnown: pause(until: .min)
        case .clockIsNotKnown: pause(until: now + Self.correctionPause)
        case .clockIsCorrected:
            guard pause(until: now + Self.longestCorrection) else { return [] }
            return dropReadAhead()
        case .requestsGivenUp: return giveUp()
        case .suspended(let why): return suspend(why)
        case .answersForgotten: return forgetAnswers()
        case .removed: return finish(givesUpRequest: true)
        case .ended: return finish(givesUpRequest: false)
        case .turn(let isWaitedFor): return turn(isWaitedFor, now)
        case .erasure(let isDue):
            guard isDue else { return [.acquireLock] }
            return stop(until: now + Self.erasurePause)
        case .lockIsHeld:
            holder.holds()
            theirs = nil
            return [.checkNetwork]
        case .lockWon(let retries): return lockWon(retries, now)
        case .lockIsHeldElsewhere(let left, let retries): return waitForHolder(nil, left, retries, now)
        case .lockIsUnusable(let problem, let left): return waitForHolder(problem, left, nil, now)
        case .network(let refusal): return network(refusal, now)
        case .consent(let isWithdrawn): return isWithdrawn ? stop() : readBatch(now)
        case .batchRead(let ids):
            guard case .idle = phase else { return [] }
            phase = .beginning(ids)
            return [.prepareBatch]
        case .nothingToRead(let left): return foundNothing(left, now)
        case .storeFailed: return stop(until: now + Self.storePause) + [.forgetBatch]
        case .batchDiscarded: return stop() + [.forgetBatch]
        case .batchTimesAreWrong:
            return stop(until: now + Self.longestCorrection) + [.forgetBatch, .correctStoredTimes]
        case .timeNeeded(let host, let tag):
            guard case .beginning(let ids) = phase else { return [] }
            phase = .requesting(Request(ids: ids, tag: tag, timeHost: host))
            return [.askForTime(host, tag: tag)]
        case .batchReady(let tag):
            guard case .beginning(let ids) = phase else { return [] }
            phase = .requesting(Request(ids: ids, tag: tag))
            return [.beginAttempt(retryCount: retries.failures, tag: tag)]
        case .nextRequest(let tag):
            guard var request else { return [] }
            request.tag = tag
            phase = .requesting(request)
        case .timeHeard:
            guard request != nil else { return [] }
            phase = .idle
            return [.forgetBatch] + dropReadAhead()
        case .finished(let outcome): return finish(outcome, now, &random)
        case .readAhead(let isFound): hasReadAhead = isFound
        case .recorded(let left): return recorded(left, now)
        case .notRecorded(let isBusy):
            guard case .recording(let result, _) = phase else { return [] }
            phase = .unrecorded(result)
            // SQLite waited for five seconds already while the store was busy.
            pausedUntil = now + (isBusy ? 0 : Self.storePause)
        }
        return []
    }

    // MARK: - Requests of others

    private mutating func flushWanted() {
        retries.flushRequested()
        isAskedAgain = request != nil
        isDraining = true
        isDemanded = true
        holder.lookAtOnce()
    }

    /// A result that the store did not take keeps its pause.
    @discardableResult
    private mutating func pause(until time: Int64) -> Bool {
        switch phase {
        case .recording, .unrecorded: return false
        case .idle, .beginning, .requesting, .removed:
            pausedUntil = time
            return true
        }
    }

    private mutating func dropReadAhead() -> [Action] {
        defer { hasReadAhead = false }
        return hasReadAhead ? [.dropReadAhead] : []
    }

    private mutating func giveUp() -> [Action] {
        let actions = dropReadAhead()
        guard let request else { return actions }
        phase = .idle
        return actions + [.cancelRequest(tag: request.tag), .forgetBatch]
    }

    private mutating func suspend(_ why: String?) -> [Action] {
        (isSuspended, refusal) = (why != nil, why)
        guard isSuspended else { return [] }
        // What a server took must not be sent by another process.
        return if case .unrecorded = phase { giveUp() } else { giveUp() + [.releaseLock] }
    }

    private mutating func forgetAnswers() -> [Action] {
        let actions = giveUp()
        switch phase {
        case .unrecorded(var result):
            result.error = nil
            phase = .unrecorded(result)
        case .recording(var result, let isTurn):
            result.error = nil
            phase = .recording(result, isTurn: isTurn)
        case .idle, .beginning, .requesting, .removed: break
        }
        retries.forgetError()
        return actions
    }

    /// Nothing more is tried.
    ///
    /// - Parameter givesUpRequest: Not when the thread ends: that may wait for a name server,
    ///   and other destinations have results to record.
    private mutating func finish(givesUpRequest: Bool) -> [Action] {
        defer { phase = .removed }
        switch phase {
        case .unrecorded(let result), .recording(let result, _): return [.record(result)]
        case .requesting(let request) where givesUpRequest: return [.cancelRequest(tag: request.tag), .forgetBatch]
        case .requesting, .idle, .beginning, .removed: return []
        }
    }

    // MARK: - A turn

    private mutating func turn(_ isWaitedFor: Bool, _ now: Int64) -> [Action] {
        self.isWaitedFor = isWaitedFor
        considerDraining(now)
        switch phase {
        case .requesting(let request): return readAhead(behind: request)
        case .unrecorded(let result), .recording(let result, _):
            guard pausedUntil <= now else { return [] }
            phase = .recording(result, isTurn: true)
            return [.record(result)]
        case .idle, .beginning: return begin(now)
        case .removed: return []
        }
    }

    /// Begins to drain when enough events came, one waited long enough, or a call waits.
    private mutating func considerDraining(_ now: Int64) {
        guard queued > 0, schedule.isAutomatic || isWaitedFor else {
            waitingSince = nil
            return
        }
        let since = waitingSince ?? now
        waitingSince = since
        let isOld = schedule.interval > 0 && now - since >= schedule.interval
        if isWaitedFor || isOld || queued >= Int64(schedule.flushAt) || retries.suspectsUntil ?? .max <= now {
            isDraining = true
        }
    }

    /// The batch behind the one under way is read while the server works. It is used if that
    /// one is accepted as a whole; otherwise the events are read again.
    private func readAhead(behind request: Request) -> [Action] {
        guard !hasReadAhead, isDraining, retries.batchLimit == nil, let last = request.ids.last else { return [] }
        return [.readAhead(after: last)]
    }

    private mutating func begin(_ now: Int64) -> [Action] {
        phase = .idle
        guard pausedUntil <= now, isDraining, retries.nextAttempt <= now, !isSuspended else { return [] }
        return [.checkErasure]
    }

    /// Ends the turn without an attempt.
    private mutating func stop(until time: Int64? = nil) -> [Action] {
        if case .beginning = phase { phase = .idle }
        if let time { pausedUntil = time }
        return []
    }

    /// The holder before may have met anything: what it left in the store goes on.
    private mutating func lockWon(_ stored: RetryStateMachine?, _ now: Int64) -> [Action] {
        holder.won()
        theirs = nil
        if let stored {
            retries = stored
            if isDemanded { retries.flushRequested() }
        }
        return retries.nextAttempt <= now ? [.checkNetwork] : stop()
    }

    private mutating func waitForHolder(
        _ problem: StoreError?, _ left: Int64?, _ retries: RetryStateMachine?, _ now: Int64
    ) -> [Action] {
        queued = left ?? queued
        if queued == 0 { isDraining = false }
        let hasFailed = holder.hasFailed(retries?.failures)
        theirs = retries.flatMap { $0.until > now && ($0.isDemanded || hasFailed) ? $0 : nil }
        let news = holder.isElsewhere(
            problem, isWaitedFor: isWaitedFor, queued: queued, failures: retries?.failures, at: now)
        holder.waits(until: theirs?.until, at: now)
        return (news.reports ? problem.map { [.reportLock($0)] } ?? [] : []) + (news.asks ? [.askHolder] : [])
    }

    /// A delivery without an address is begun before the network is asked for: its batch waits
    /// again as if it had not been begun.
    private mutating func network(_ refusal: String?, _ now: Int64) -> [Action] {
        self.refusal = refusal
        guard refusal != nil else { return [.checkConsent] }
        guard request != nil else { return stop(until: now + Self.networkPause) }
        phase = .idle
        return stop(until: now + Self.networkPause) + dropReadAhead() + [.forgetBatch]
    }

    private mutating func readBatch(_ now: Int64) -> [Action] {
        retries.attempting(at: now)
        guard hasReadAhead else { return [.readBatch(after: retries.cursor, limit: retries.batchLimit)] }
        hasReadAhead = false
        return [.useReadAhead]
    }

    private mutating func foundNothing(_ left: Int64?, _ now: Int64) -> [Action] {
        isDraining = false
        isDemanded = false
        retries.foundNothing(at: now)
        guard let left else { return stop(until: now + Self.storePause) }
        queued = left
        waitingSince = left > 0 ? now : nil
        return stop()
    }

    // MARK: - The end of an attempt

    private mutating func finish<R: RandomNumberGenerator>(
        _ outcome: DeliveryOutcome, _ now: Int64, _ random: inout R
    ) -> [Action] {
        guard let request else { return [] }
        let events = retries.finished(outcome, ids: request.ids, at: now, random: &random)
        if isAskedAgain { retries.flushRequested() }
        isAskedAgain = false
        let isWhole = events == .delivered(deadLetters: []) && retries.batchLimit == nil
        let dropped = isWhole ? [] : dropReadAhead()
        let problem = outcome.problem.map(KeptText.cut)
        let result = AttemptResult(events: events, error: retries.lastRefusal ?? retries.lastError ?? problem)
        phase = .recording(result, isTurn: false)
        let told = problem.map { [Action.reportFailure(events: request.ids.count, $0)] } ?? []
        return dropped + [.record(result)] + told
    }

    private mutating func recorded(_ left: Int64, _ now: Int64) -> [Action] {
        guard case .recording(_, let isTurn) = phase else { return [] }
        queued = left
        phase = .idle
        return isTurn ? begin(now) : []
    }
}
