// SPDX-License-Identifier: MIT
import FootfallStore
import FootfallTransport

// Reading a batch, sending it, and putting down what came of it.
extension Uploader {
    /// Begins attempts until one is under way or nothing can be done now.
    func advance(_ lane: Lane) {
        while lane.isDraining, lane.inFlight == nil {
            let now = clock.boot()
            guard lane.machine.nextAttempt <= now, holds(lane, now) else { return }
            do throws(StoreError) {
                guard let batch = try nextBatch(lane) else {
                    lane.isDraining = false
                    lane.queued = try lane.outbox.queued()
                    runtime.gate.tidy()
                    lane.waitingSince = lane.queued > 0 ? now : nil
                    return
                }
                begin(lane, batch)
            } catch {
                report(.storeUnavailable, "the events for \(lane.name) cannot be read now (\(error))", error)
                lane.foreignUntil = now + Duration.seconds(1).nanoseconds
                return
            }
        }
    }

    private func nextBatch(_ lane: Lane) throws(StoreError) -> DeliveryBatch? {
        var limits = lane.delivery.limits
        if let limit = lane.machine.batchLimit { limits.events = max(min(limits.events, limit), 1) }
        return try lane.outbox.nextBatch(after: lane.machine.cursor, limits: limits)
    }

    /// Whether this process delivers for a lane; otherwise it asks the one that
    /// does, and looks again.
    private func holds(_ lane: Lane, _ now: Int64) -> Bool {
        // Whole for fork: a descriptor that the child does not know of would keep the lock for it.
        if lock.withLock({ lane.lock.acquire() }) {
            lane.foreignUntil = nil
            lane.foreignDelay = Lane.shortestForeignDelay
            lane.asked = nil
            return true
        }
        let isWaitedFor = !waiters.isEmpty
        if isWaitedFor, lane.asked == nil {
            lane.asked = (now, lane.queued)
            // If it cannot be put down the holder still sees the touched file.
            try? runtime.gate.withStore { (store) throws(StoreError) in
                try store.transaction { (_) throws(StoreError) in try store.requests.add("flush") }
            }
            touchWakeFile()
        }
        lane.queued = (try? lane.outbox.queued()) ?? lane.queued  // not now, then next time
        if lane.queued == 0 { lane.isDraining = false }
        // A holder that was killed tells nobody, so it is looked at again by and by.
        lane.foreignDelay = min(lane.foreignDelay * 2, Lane.longestForeignDelay)
        lane.foreignUntil = now + (isWaitedFor ? Duration.milliseconds(50).nanoseconds : lane.foreignDelay)
        return false
    }

    private func begin(_ lane: Lane, _ batch: DeliveryBatch) {
        lane.inFlight = (batch, 0, 0)
        let attempt = DeliveryAttempt(sentAt: clock.wall(), retryCount: lane.machine.failures)
        switch lane.delivery.begin(batch, attempt) {
        case .finished(let outcome): finish(lane, outcome)
        case .request(let request): send(request, lane, batch)
        }
    }

    private func send(_ request: HTTPRequest, _ lane: Lane, _ batch: DeliveryBatch) {
        guard Endpoint(request.url, allowsInsecure: request.allowsInsecure) != nil else {
            finish(lane, .blocked("\(request.url): \(Endpoint.rule)"))
            return
        }
        guard let transport = openTransport() else {
            finish(lane, .blocked("libcurl is not on this machine: install libcurl4"))
            return
        }
        var headers = request.headers.map { "\($0.name): \($0.value)" }
        headers.append("User-Agent: \(FootfallVersion.name)/\(FootfallVersion.current)")
        headers.append("Expect:")
        var body = request.body
        if request.isCompressed {
            let encoder = gzip ?? GzipEncoder()
            gzip = encoder
            if let compressed = request.body.withUnsafeBufferPointer(encoder.encode) {
                body = compressed
                headers.append("Content-Encoding: gzip")
            }
        }
        lane.inFlight = (batch, request.body.count, body.count)
        let isBegun = transport.post(
            request.url, headers: headers, body: body,
            certificateAuthorityFile: runtime.configuration.certificateAuthorityFile,
            tag: UInt64(lane.outbox.destination), responseLimit: Limits.responseBytes)
        if !isBegun { finish(lane, .retry("there is no memory for a request", after: nil)) }
    }

    private func openTransport() -> Transport? {
        if let transport { return transport }
        guard !hasNoTransport, let opened = Transport() else {
            if !hasNoTransport {
                report(
                    .transportUnavailable,
                    "libcurl.so.4 is not on this machine; events are stored and not delivered: install libcurl4", nil)
            }
            hasNoTransport = true
            return nil
        }
        runtime.hookExit()
        transport = opened
        return opened
    }

    func outcome(_ ending: Transport.Ending, _ lane: Lane) -> DeliveryOutcome {
        switch ending {
        case .failure(let why): .retry(why, after: nil)
        case .response(let status, let headers, let body):
            lane.delivery.outcome(of: HTTPResponse(status: status, headers: headers, body: body))
        }
    }

    func finish(_ lane: Lane, _ outcome: DeliveryOutcome) {
        guard let (batch, bytes, sent) = lane.inFlight else { return }
        let now = clock.boot()
        let action = lane.machine.finished(outcome, ids: batch.ids, at: now, random: &random)
        let record = RetryRecord(lane.machine, now: now, wall: clock.wall())
        while true {
            do throws(StoreError) {
                lane.queued = try lane.outbox.settle(
                    action, batch, error: lane.machine.lastError ?? reason(outcome), retry: record.text,
                    now: clock.wall())
                break
            } catch {
                // What was delivered and cannot be put down would be sent again.
                guard error.isBusy, !lock.withLock({ inbox.isStopping }) else {
                    report(
                        .storeUnavailable, "the result of a delivery to \(lane.name) cannot be stored (\(error))", error
                    )
                    lane.foreignUntil = now + Duration.seconds(1).nanoseconds
                    break
                }
                runtime.statistics.storeBusy(true)
            }
        }
        lane.inFlight = nil
        if case .delivered = action { runtime.statistics.delivered(batch.count, bytes: bytes, sent: sent) }
        if let reason = reason(outcome) {
            report(.deliveryFailed, "\(lane.name) did not take \(batch.count) events: \(reason)", nil)
        }
    }

    private func reason(_ outcome: DeliveryOutcome) -> String? {
        switch outcome {
        case .accepted: nil
        case .refused(let why), .retry(let why, _), .blocked(let why): why
        }
    }

    func report(_ code: FootfallError.Code, _ message: String, _ underlying: (any Error)?) {
        runtime.report(FootfallError(code, message, underlying: underlying))
    }
}
