// SPDX-License-Identifier: MIT
import FootfallStore
import FootfallTransport

// Reading a batch, sending it, and putting down what came of it.
extension Uploader {
    /// Goes on with a lane by one step: puts down what is not in the store yet,
    /// or begins an attempt. Others have their turn before the next one.
    func advance(_ lane: DestinationUploader) {
        let now = clock.boot()
        guard lane.inFlight == nil else { return readAhead(lane) }
        guard lane.pausedUntil <= now else { return }
        if lane.unsettled != nil, !settle(lane) { return }
        guard !runtime.consent.isEraseDue else {
            lane.pausedUntil = now + Self.purgePause
            return
        }
        guard lane.isDraining, lane.machine.nextAttempt <= now, holds(lane, now) else { return }
        guard lane.machine.nextAttempt <= now else { return }
        lane.refusal = refusal(lane)
        guard lane.refusal == nil else {
            // Until the host says otherwise, or a month begins.
            lane.pausedUntil = now + Duration.seconds(60).nanoseconds
            return
        }
        // The user may have opted out in another program just now.
        guard !runtime.lookAtConsent() else { return giveUpRequests() }
        lane.machine.attempting(at: now)
        do throws(StoreError) {
            guard let batch = try nextBatch(lane) else {
                lane.isDraining = false
                lane.isDemanded = false
                lane.machine.foundNothing(at: now)
                lane.queued = try lane.outbox.queued()
                runtime.gate.tidy()
                lane.waitingSince = lane.queued > 0 ? now : nil
                return
            }
            try attempt(lane, batch, now)
        } catch {
            report(.storeUnavailable, "the events for \(lane.name) cannot be read now (\(error))", error)
            lane.pausedUntil = now + Self.storePause
        }
    }

    /// Until what the user does not want to be sent is removed: mostly there already.
    private static let purgePause = Duration.milliseconds(50).nanoseconds
    /// After the store refused something.
    private static let storePause = Duration.seconds(1).nanoseconds

    /// Reads the next batch while the server works on this one. It is used if this
    /// one is taken; whatever else comes, it is read again.
    private func readAhead(_ lane: DestinationUploader) {
        guard lane.ahead == nil, lane.isDraining, lane.machine.batchLimit == nil,
            let last = lane.inFlight?.batch.ids.last
        else { return }
        // A store that cannot be read now is met when it is needed.
        lane.ahead = try? lane.outbox.nextBatch(after: last, limits: lane.delivery.limits)
    }

    private func nextBatch(_ lane: DestinationUploader) throws(StoreError) -> DeliveryBatch? {
        if let ahead = lane.ahead {
            lane.ahead = nil
            return ahead
        }
        var limits = lane.delivery.limits
        if let limit = lane.machine.batchLimit { limits.events = max(min(limits.events, limit), 1) }
        return try lane.outbox.nextBatch(after: lane.machine.cursor, limits: limits)
    }

    /// Whether this process delivers for a lane; otherwise it asks the one that
    /// does, and looks again.
    private func holds(_ lane: DestinationUploader, _ now: Int64) -> Bool {
        if lane.lock.isHeld { return true }
        // Whole for fork: a descriptor that the child does not know of would keep the lock for it.
        switch lock.withLock({ lane.lock.acquire() }) {
        case .held:
            lane.lockProblem = nil
            takeOver(lane, now)
            return true
        case .heldElsewhere: lane.lockProblem = nil
        case .unusable(let problem):
            if lane.lockProblem?.description != problem.description {
                report(.storeUnavailable, "nothing is delivered to \(lane.name) by this process (\(problem))", problem)
            }
            lane.lockProblem = problem
        }
        lane.queued = (try? lane.outbox.queued()) ?? lane.queued  // not now, then next time
        if lane.queued == 0 { lane.isDraining = false }
        let isWaitedFor = !waiters.isEmpty
        if isWaitedFor, lane.asked == nil, lane.queued > 0, lane.lockProblem == nil { ask(lane, now) }
        // A holder that was killed tells nobody, so it is looked at again by and by.
        lane.foreignDelay = min(lane.foreignDelay * 2, DestinationUploader.longestForeignDelay)
        lane.foreignUntil = now + (isWaitedFor ? Duration.milliseconds(50).nanoseconds : lane.foreignDelay)
        return false
    }

    /// The holder before may have met anything; what it left is in the store.
    private func takeOver(_ lane: DestinationUploader, _ now: Int64) {
        lane.foreignUntil = nil
        lane.foreignDelay = DestinationUploader.shortestForeignDelay
        lane.asked = nil
        // If it cannot be read now, neither can the events.
        let row = try? lane.outbox.row()
        guard let row = row ?? nil else { return }
        lane.machine = RetryRecord.machine(of: row, now: now, wall: clock.wall())
        if lane.isDemanded { lane.machine.flushRequested() }
    }

    /// Asks the process that delivers for a lane to flush it.
    private func ask(_ lane: DestinationUploader, _ now: Int64) {
        lane.asked = (now, lane.queued)
        // If it cannot be put down the holder still sees the touched file.
        try? runtime.gate.withStore { (store) throws(StoreError) in
            try store.transaction { (_) throws(StoreError) in try store.requests.add("flush", argument: lane.name) }
        }
        touchWakeFile()
    }

    func begin(_ lane: DestinationUploader, _ batch: DeliveryBatch) {
        nextTag += 1
        lane.inFlight = DestinationUploader.InFlight(batch: batch, tag: nextTag)
        let attempt = DeliveryAttempt(sentAt: time, retryCount: lane.machine.failures)
        switch lane.delivery.begin(batch, attempt) {
        case .finished(let outcome): finish(lane, outcome)
        case .request(let request): send(request, lane)
        case .plan(let plan):
            var progress = DeliveryProgress(plan, count: batch.count)
            let step = progress.begin()
            lane.inFlight?.progress = progress
            take(step, lane)
        }
    }

    private func take(_ step: DeliveryProgress.Step, _ lane: DestinationUploader) {
        switch step {
        case .send(let request): send(request, lane)
        case .finished(let outcome): finish(lane, outcome)
        }
    }

    /// A request ended: another may follow, or the attempt is over.
    func requestEnded(_ lane: DestinationUploader, _ ending: Transport.Ending) {
        guard var progress = lane.inFlight?.progress else { return finish(lane, outcome(ending, lane)) }
        switch ending {
        case .failure(let why, _): finish(lane, progress.failed(why))
        case .response(let status, let headers, let body):
            let step = progress.answered(DeliveryResponse(status: status, headers: headers, body: body))
            lane.inFlight?.progress = progress
            // Each request has a tag of its own.
            nextTag += 1
            lane.inFlight?.tag = nextTag
            take(step, lane)
        }
    }

    private func send(_ request: DeliveryRequest, _ lane: DestinationUploader) {
        guard Endpoint(request.url, allowsInsecure: request.allowsInsecure) != nil else {
            finish(lane, .blocked("\(ShownText.withoutPasswords(request.url)): \(Endpoint.rule)"))
            return
        }
        var headers = request.headers.map { HTTPHeader(name: $0.name, value: $0.value) }
        if let problem = headers.lazy.compactMap(\.problem).first { return finish(lane, .blocked(problem)) }
        guard let transport = transport(for: lane) else { return }
        if !headers.contains(where: { $0.key == Self.userAgent.key }) { headers.append(Self.userAgent) }
        var body = request.body
        var isGzip = false
        if request.isCompressed {
            let encoder = gzip ?? GzipEncoder()
            gzip = encoder
            if let compressed = request.body.withUnsafeBufferPointer(encoder.encode) {
                body = compressed
                isGzip = true
            }
        }
        lane.inFlight?.bytes += request.body.count
        lane.inFlight?.sent += body.count
        let cost = network.cost(ofBody: body.count)
        if cost > 0 { NetworkBudget.add(cost, runtime.gate, at: time) }
        let problem = transport.post(
            request.url, headers: headers, body: body, isGzip: isGzip,
            options: transportOptions, tag: nextTag, responseLimit: Limits.responseBytes)
        if let problem { finish(lane, .retry(problem, after: nil)) }
    }

    static let userAgent = HTTPHeader(
        name: "User-Agent", value: "\(FootfallVersion.name)/\(FootfallVersion.current)")

    /// The transport for a lane's requests. Without it the attempt is over: the batch
    /// is tried again later, or waits until libcurl is installed.
    func transport(for lane: DestinationUploader) -> Transport? {
        if let transport { return transport }
        do throws(TransportProblem) {
            let opened = try Transport()
            runtime.hookExit()
            transport = opened
            toldProblem = nil
            return opened
        } catch {
            if !error.isPassing, toldProblem != error {
                report(.transportUnavailable, "events are stored and not delivered: \(error.text)", nil)
                toldProblem = error
            }
            finish(lane, error.isPassing ? .retry(error.text, after: nil) : .blocked(error.text))
            return nil
        }
    }

    func outcome(_ ending: Transport.Ending, _ lane: DestinationUploader) -> DeliveryOutcome {
        switch ending {
        case .failure(let why, _): .retry(why, after: nil)
        case .response(let status, let headers, let body):
            lane.delivery.outcome(of: DeliveryResponse(status: status, headers: headers, body: body))
        }
    }

    /// An attempt ended.
    func finish(_ lane: DestinationUploader, _ outcome: DeliveryOutcome) {
        guard let inFlight = lane.inFlight else { return }
        lane.inFlight = nil
        let action = lane.machine.finished(
            outcome, ids: inFlight.batch.ids, at: clock.boot(), random: &random)
        if lane.isAskedAgain { lane.machine.flushRequested() }
        lane.isAskedAgain = false
        if action != .delivered(deadLetters: []) || lane.machine.batchLimit != nil { lane.ahead = nil }
        let reason = reason(outcome).map(KeptText.cut)
        lane.unsettled = DestinationUploader.Unsettled(
            action: action, inFlight: inFlight, error: lane.machine.lastRefusal ?? lane.machine.lastError ?? reason)
        settle(lane)
        if let reason {
            report(.deliveryFailed, "\(lane.name) did not take \(inFlight.batch.count) events: \(reason)", nil)
        }
    }

    /// Puts down what came of a batch; false when that must be tried again.
    @discardableResult
    func settle(_ lane: DestinationUploader) -> Bool {
        guard let unsettled = lane.unsettled else { return true }
        let now = clock.boot()
        let record = RetryRecord(lane.machine, now: now, wall: clock.wall())
        do throws(StoreError) {
            lane.queued = try lane.outbox.settle(
                unsettled.action, unsettled.inFlight.batch, error: unsettled.error, retry: record.text,
                now: clock.wall())
        } catch {
            runtime.statistics.storeBusy(error.isBusy)
            if !error.isBusy {
                report(.storeUnavailable, "the result of a delivery to \(lane.name) cannot be stored (\(error))", error)
            }
            // Busy: the five seconds of waiting are over.
            lane.pausedUntil = now + (error.isBusy ? 0 : Self.storePause)
            return false
        }
        lane.unsettled = nil
        let sent = unsettled.inFlight
        if unsettled.action != .keep, runtime.gate.leavesNoTraces || sent.batch.hasDeletion { runtime.post(.wipe) }
        switch unsettled.action {
        case .delivered: runtime.statistics.delivered(sent.batch.count, bytes: sent.bytes, sent: sent.sent)
        case .settled(let settled) where !settled.delivered.isEmpty:
            runtime.statistics.delivered(settled.delivered.count, bytes: sent.bytes, sent: sent.sent)
        case .settled, .deadLetter, .keep: break
        }
        return true
    }

    private func reason(_ outcome: DeliveryOutcome) -> String? {
        switch outcome {
        case .accepted: nil
        case .refused(let why), .retry(let why, _), .blocked(let why): why
        case .partial(let verdicts):
            switch verdicts.rest {
            case .refused(let why), .retry(let why, _), .blocked(let why): why
            case .again: verdicts.refused.values.first
            }
        }
    }

    func report(_ code: FootfallError.Code, _ message: String, _ underlying: (any Error)?) {
        runtime.report(FootfallError(code, message, underlying: underlying))
    }
}
