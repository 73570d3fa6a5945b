// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import FootfallTransport

/// Delivers to one destination: does what its ``DestinationMachine`` says. Used on the
/// uploader's thread only; ``holdsLock`` also under the uploader's lock.
///
/// It keeps what is not a value: the destination's lock, its ``Delivery`` and the bytes of
/// the batch. The lock and the bytes of a forked child's parent are leaked by
/// ``leakInChild()``.
final class DestinationUploader {
    let name: String
    /// The destination's bit in the store.
    let id: Int64
    /// The host that it delivers to, if that knows the time.
    let timeServer: DeliveryContext.TimeServer?
    private let context: DeliveryContext
    private let delivery: any Delivery
    private let queue: DestinationQueue
    private let lock: UploaderLock
    private var machine: DestinationMachine
    private var random = SystemRandomNumberGenerator()
    /// The batch that is tried, or whose result is not in the store yet.
    private var batch: DeliveryBatch?
    /// The batch behind it, read while the server works.
    private var readAhead: DeliveryBatch?
    /// Where the attempt takes several requests.
    private var progress: DeliveryProgress?
    /// Where the delivery finishes the attempt later.
    private var pending: PendingAttempt?
    /// Whether its attempts make requests. Without an address the first request says so.
    private var usesNetwork: Bool
    /// All requests of the attempt together.
    private var tally = AttemptTally()

    /// What concerns all destinations, so that the uploader must do it.
    enum Effect {
        /// Stored events are moved to this offset before anything else is sent.
        case correctsClock(to: Int64)
        /// The user opted out: all requests are given up.
        case givesUpRequests
    }

    init(
        name: String, id: Int64, delivery: any Delivery, context: DeliveryContext,
        schedule: DestinationMachine.Schedule
    ) {
        self.name = name
        self.id = id
        self.delivery = delivery
        self.context = context
        usesNetwork = delivery.address != nil
        let store = context.runtime.store
        queue = DestinationQueue(
            store: store, destination: id, name: name, addsMetadata: delivery.addsMetadata)
        lock = UploaderLock(
            path: context.runtime.directory.uploaderLock(name), isAlone: { [store] in store.isInMemory })
        timeServer = delivery.address.flatMap(DeliveryContext.TimeServer.init)
        // Without its row it begins with nothing, and hears of the next commit.
        let row = (try? queue.row()) ?? nil
        let now = context.clock.boot()
        machine = DestinationMachine(
            schedule: schedule, queued: row?.queued ?? 0,
            retries: RetryRecord.machine(of: row, now: now, wall: context.clock.wall()), now: now)
    }

    // MARK: - What the uploader asks

    /// Whether this process delivers for the destination.
    var holdsLock: Bool { lock.isHeld }
    var queued: Int64 { machine.queued }
    var deadline: Int64 { min(machine.deadline, pending?.deadline ?? .max) }

    /// How far it is, for the calls that wait for a flush.
    func standing(at now: Int64) -> DestinationStanding {
        var standing = DestinationStanding(id: id, name: name)
        standing.queued = machine.queued
        standing.isAtRest = machine.isAtRest
        standing.restsUntil = machine.isUnanswered(at: now) ? .max : machine.restsUntil
        standing.problem = machine.problem { lock.holder }
        if let next = machine.nextAttempt(at: now) { standing.expect(next, now: now, wall: context.clock.wall()) }
        return standing
    }

    /// Whether the answer with this tag belongs to it.
    func awaits(_ tag: UInt64) -> Bool { machine.request?.tag == tag }

    /// The host whose time the answer to its request has.
    var answeringHost: String? { machine.request?.timeHost ?? timeServer?.host }

    /// In a forked child: lets go of the lock, which the child shares with its parent. The
    /// rest is left as it is, since the parent's thread may have been changing it.
    func leakInChild() {
        lock.release()
        _ = Unmanaged.passRetained(self)
    }

    // MARK: - What happens

    /// Takes what happened and does what follows.
    @discardableResult
    func handle(_ input: DestinationMachine.Input) -> Effect? {
        context.assertOnUploaderThread()
        var effect: Effect?
        var next: DestinationMachine.Input? = input
        while let input = next {
            next = nil
            for action in machine.handle(input, at: context.clock.boot(), random: &random) {
                next = perform(action, &effect) ?? next
            }
        }
        return effect
    }

    /// Its turn on the thread.
    func turn(isWaitedFor: Bool) -> Effect? {
        settle()
        return handle(.turn(isWaitedFor: isWaitedFor))
    }

    /// The network is closed. An attempt that does not use it goes on.
    func networkIsClosed() { if usesNetwork || pending == nil { handle(.requestsGivenUp) } }

    /// The thread ends. An outcome that is there is recorded; nothing waits for one.
    func end() {
        settle()
        handle(.ended)
        pending?.cancel()
        pending = nil
    }

    /// Ends a pending attempt that is finished, or whose time is over.
    private func settle() {
        guard let outcome = pending?.outcome(at: context.clock.boot()) else { return }
        pending = nil
        handle(.finished(outcome))
    }

    /// A request ended: another may follow, or the attempt is over.
    ///
    /// - Parameter hasTime: Whether the answer has a usable time.
    @discardableResult
    func answered(_ ending: Transport.Ending, hasTime: Bool) -> Effect? {
        if let host = machine.request?.timeHost {
            let isOwn = timeServer?.host == host
            let failure = context.answeredTime(host, isOwn: isOwn, ending, hasTime: hasTime)
            return handle(failure.map { .finished($0) } ?? .timeHeard)
        }
        guard var progress else {
            guard let outcome = delivery.outcome(of: ending, context.runtime.gate) else { return nil }
            tally.ended(ending, outcome)
            return handle(.finished(outcome))
        }
        guard case .response(let status, let headers, let body) = ending else {
            guard case .failure(let why, _) = ending else { return nil }
            tally.ended(ending, .retry(why, after: nil))
            return handle(.finished(progress.failed(why)))
        }
        let response = DeliveryResponse(status: status, headers: headers, body: body)
        guard let step = context.runtime.gate.pass({ progress.answered(response) }) else { return nil }
        tally.ended(ending, step)
        self.progress = progress
        let tag = context.sender.newTag()
        handle(.nextRequest(tag: tag))
        return go(step, tag).flatMap { handle($0) }
    }

    /// Does what the machine says.
    ///
    /// - Returns: the answer, if the action has one.
    private func perform(_ action: DestinationMachine.Action, _ effect: inout Effect?) -> DestinationMachine.Input? {
        switch action {
        case .checkErasure: return .erasure(isDue: context.runtime.consent.isEraseDue)
        case .acquireLock: return acquireLock()
        case .checkNetwork: return .network(refusal: usesNetwork ? context.networkRefusal() : nil)
        case .checkConsent:
            let isWithdrawn = context.runtime.lookAtConsent()
            if isWithdrawn { effect = .givesUpRequests }
            return .consent(isWithdrawn: isWithdrawn)
        case .readBatch(let cursor, let limit): return readBatch(after: cursor, limit: limit)
        case .useReadAhead:
            batch = readAhead
            readAhead = nil
            return batch.map { .batchRead(ids: $0.ids) } ?? .batchDiscarded
        case .prepareBatch: return prepareBatch(&effect)
        case .record(let result): return record(result)
        case .readAhead(let last):
            // A store that cannot be read now is met again when the batch is needed.
            readAhead = try? queue.nextBatch(after: last, limits: delivery.limits)
            return .readAhead(isFound: readAhead != nil)
        case .askForTime(let host, let tag): return context.askForTime(host, tag: tag).map { .finished($0) }
        case .beginAttempt(let retryCount, let tag): return beginAttempt(retryCount, tag)
        // Whole for fork, as when it is taken.
        case .releaseLock: context.runtime.uploader.lock.withLock { lock.release() }
        case .reportLock(let problem):
            context.report(
                .storeUnavailable, "nothing is delivered to \(name) by this process (\(problem))", problem)
        case .reportFailure(let count, let why):
            context.report(.deliveryFailed, "\(name) did not take \(counted(count, "event")): \(why)")
        case .askHolder: askHolder()
        case .correctStoredTimes: context.runtime.post(.clockConfirmed(nil))
        case .dropReadAhead: readAhead = nil
        case .cancelRequest(let tag): context.sender.cancel(tag: tag)
        case .forgetBatch:
            (batch, progress) = (nil, nil)
            pending?.cancel()
            pending = nil
        }
        return nil
    }

    // MARK: - The lock

    private func acquireLock() -> DestinationMachine.Input {
        if lock.isHeld { return .lockIsHeld }
        // Whole for fork: a descriptor that the child does not know of would keep the lock for it.
        let acquisition = context.runtime.uploader.lock.withLock { lock.acquire() }
        switch acquisition {
        case .held:
            // If the row cannot be read now, neither can the events.
            guard let row = (try? queue.row()) ?? nil else { return .lockWon(nil) }
            return .lockWon(RetryRecord.machine(of: row, now: context.clock.boot(), wall: context.clock.wall()))
        // What cannot be read now is read at the next look.
        case .heldElsewhere:
            context.runtime.pipeline.runner.outcomes.isDeliveredElsewhere(id)
            guard let row = try? queue.row() else { return .lockIsHeldElsewhere(queued: try? queue.queued()) }
            let retries = RetryRecord.machine(of: row, now: context.clock.boot(), wall: context.clock.wall())
            return .lockIsHeldElsewhere(queued: row.queued, retries: retries)
        case .unusable(let problem): return .lockIsUnusable(problem, queued: try? queue.queued())
        }
    }

    private func askHolder() {
        // If the request cannot be stored, the holder still sees the touched file.
        try? context.runtime.store.withStore { (store) throws(StoreError) in
            try store.transaction { (_) throws(StoreError) in try store.requests.add("flush", argument: name) }
        }
        context.runtime.uploader.touchWakeFile()
    }

    // MARK: - Before an attempt

    private func readBatch(after cursor: Int64, limit: Int?) -> DestinationMachine.Input {
        var limits = delivery.limits
        if let limit { limits.events = max(min(limits.events, limit), 1) }
        do throws(StoreError) {
            batch = try queue.nextBatch(after: cursor, limits: limits)
            if let batch { return .batchRead(ids: batch.ids) }
        } catch {
            reportUnreadable(error)
            return .storeFailed
        }
        do throws(StoreError) {
            let left = try queue.queued()
            context.runtime.store.tidy()
            return .nothingToRead(queued: left)
        } catch {
            reportUnreadable(error)
            return .nothingToRead(queued: nil)
        }
    }

    private func reportUnreadable(_ error: StoreError) {
        context.report(.storeUnavailable, "the events for \(name) cannot be read now (\(error))", error)
    }

    /// Has the times of the batch put right, or makes its bytes final: they stay the same in
    /// each further attempt.
    private func prepareBatch(_ effect: inout Effect?) -> DestinationMachine.Input {
        guard let read = batch else { return .batchDiscarded }
        switch context.stepBeforeAttempt(timeServer) {
        case .move(let truth):
            effect = .correctsClock(to: truth)
            return .batchDiscarded
        case .ask(let host): return .timeNeeded(host: host, tag: context.sender.newTag())
        case .freeze(let freezing):
            do throws(StoreError) {
                return try freeze(read, freezing, &effect)
            } catch {
                reportUnreadable(error)
                return .storeFailed
            }
        }
    }

    private func freeze(
        _ read: DeliveryBatch, _ how: TimeInquiry.Freezing, _ effect: inout Effect?
    ) throws(StoreError) -> DestinationMachine.Input {
        var clocks = context.clocks
        let frozen = try queue.freeze(
            read, marks: how.marks, contested: how.isContested ? context.clock.bootID : nil, limits: delivery.limits,
            now: context.clock.moment, clocks: &clocks)
        context.clocks = clocks
        switch frozen.need {
        case .nothing:
            batch = frozen.batch
            return .batchReady(tag: context.sender.newTag())
        case .reading: return .batchDiscarded
        case .correction: return .batchTimesAreWrong
        case .asking:
            if let host = how.next { return .timeNeeded(host: host, tag: context.sender.newTag()) }
            // The kernel's clock was not known to be right for these events before.
            if let truth = clocks.news(of: context.clock) {
                effect = .correctsClock(to: truth)
                return .batchDiscarded
            }
            // The events are of a boot whose clock cannot be asked any more: they go marked.
            guard !how.marks else { return .batchDiscarded }
            return try freeze(read, TimeInquiry.Freezing(marks: true, isContested: false), &effect)
        }
    }

    // MARK: - An attempt

    private func beginAttempt(_ retryCount: Int, _ tag: UInt64) -> DestinationMachine.Input? {
        guard let batch else { return .finished(.retry("the batch is gone", after: nil)) }
        tally = AttemptTally()
        progress = nil
        let attempt = DeliveryAttempt(sentAt: context.time, retryCount: retryCount)
        switch context.runtime.gate.pass({ delivery.begin(batch, attempt) }) {
        case nil: return .network(refusal: "the client is closed")
        case .finished(let outcome): return .finished(outcome)
        case .request(let request): return networkRefusal() ?? post(request, tag)
        case .plan(let plan):
            var begun = DeliveryProgress(plan, count: batch.count)
            let step = begun.begin()
            if case .send = step, let refusal = networkRefusal() { return refusal }
            progress = begun
            return go(step, tag)
        case .later(let pending): return wait(for: pending, batch.count)
        }
    }

    private func wait(for pending: PendingDelivery, _ count: Int) -> DestinationMachine.Input? {
        guard let attempt = PendingAttempt(pending, count: count, in: context) else {
            return .finished(.retry("the destination used a PendingDelivery twice", after: nil))
        }
        if let outcome = attempt.outcome(at: .min) { return .finished(outcome) }
        self.pending = attempt
        return nil
    }

    /// The first request of a delivery without an address: the network was not asked for before.
    ///
    /// - Returns: why the request must not be made; `nil` when it may be.
    private func networkRefusal() -> DestinationMachine.Input? {
        guard !usesNetwork else { return nil }
        usesNetwork = true
        return context.networkRefusal().map { .network(refusal: $0) }
    }

    private func go(_ step: DeliveryProgress.Step, _ tag: UInt64) -> DestinationMachine.Input? {
        switch step {
        case .send(let request): post(request, tag)
        case .finished(let outcome): .finished(outcome)
        }
    }

    private func post(_ request: DeliveryRequest, _ tag: UInt64) -> DestinationMachine.Input? {
        let posted = context.sender.post(request, tag: tag)
        if let size = posted.size {
            tally.began(size)
            context.countRequest(bytes: size.sent)
        }
        return posted.failure.map { .finished($0) }
    }

    /// Stores the result of an attempt and how the retries go on, in one transaction.
    private func record(_ result: DestinationMachine.AttemptResult) -> DestinationMachine.Input {
        guard let batch else { return .recorded(queued: machine.queued) }
        let (runtime, wall) = (context.runtime, context.clock.wall())
        let retries = RetryRecord(machine.retries, now: context.clock.boot(), wall: wall)
        let left: Int64
        do throws(StoreError) {
            left = try queue.record(
                result.events, of: batch, error: result.error, retry: retries.text, now: wall, tally: tally,
                at: context.time)
        } catch {
            runtime.statistics.storeBusy(error.isBusy)
            if !error.isBusy {
                context.report(
                    .storeUnavailable, "the result of a delivery to \(name) cannot be stored (\(error))", error)
            }
            return .notRecorded(isBusy: error.isBusy)
        }
        self.batch = nil
        progress = nil
        if result.events != .keep { Backlog(runtime).look() }
        runtime.pipeline.runner.outcomes.recorded(result.events, of: batch.ids, error: result.error, at: id)
        if result.events != .keep, runtime.store.leavesNoTraces || batch.hasDeletion {
            runtime.post(.wipe)
        }
        tally.count(result.events, of: batch.count, in: runtime.statistics)
        return .recorded(queued: left)
    }
}
