// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import FootfallTransport
import Glibc

/// What a flush came to.
public struct FlushReport: Sendable, Equatable {
    /// Events that destinations took since the flush began, by anybody.
    public var delivered: Int64 = 0
    /// Events that are left, over all destinations.
    public var queued: Int64 = 0
    /// Events that were dropped or dead-lettered since.
    public var dropped: Int64 = 0
    /// Whether all that is left waits for destinations that refuse or are wrong.
    public var isBlocked = false
    /// What stands in the way, one line each.
    public var problems: [String] = []
}

/// The uploader's thread: delivers stored events, each destination for itself.
final class Uploader: @unchecked Sendable {
    private unowned let runtime: Runtime
    private let clock: SystemClock

    /// What other threads leave for this one.
    private struct Inbox {
        var added: [(name: String, id: Int64, delivery: any Delivery)] = []
        var removed: [String] = []
        var queued: [Int64: Int64]?
        var isFlushWanted = false
        var waiters: [FlushWaiter] = []
        var isStopping = false
    }

    private struct FlushWaiter {
        var reply: Reply<FlushReport>
        var deadline: Int64
        /// The sums over all destinations when it began.
        var start: (delivered: Int64, lost: Int64)?
    }

    /// Held unless the thread sleeps.
    let work = WorkLock()
    /// Guards what follows, and the lists of the thread while they change: fork
    /// copies them whole.
    let lock = Lock()
    /// What is delivered to, for a forked child.
    private var registered: [(name: String, id: Int64, delivery: any Delivery)] = []
    private var inbox = Inbox()
    private var isStarted = false
    private var isEnded = false
    /// In a forked child whose parent was just delivering.
    private var isForbidden = false
    private var waiter = Waiter()

    // The thread's own.
    private var lanes: [Lane] = []
    private var waiters: [FlushWaiter] = []
    private var transport: Transport?
    private var hasNoTransport = false
    private var gzip: GzipEncoder?
    private var random = SystemRandomNumberGenerator()
    private var wakeDescriptor: Int32 = -1

    init(_ runtime: Runtime) {
        self.runtime = runtime
        clock = runtime.configuration.clock
    }

    // MARK: - From other threads

    /// A destination to deliver to.
    func add(name: String, id: Int64, delivery: any Delivery) {
        lock.withLock {
            inbox.added.append((name, id, delivery))
            registered.append((name, id, delivery))
        }
        runtime.configuration.delivers ? start() : wake()
    }

    func remove(name: String) {
        lock.withLock {
            inbox.removed.append(name)
            registered.removeAll { $0.name == name }
        }
        wake()
    }

    /// A commit put events before the destinations.
    func stored(_ queued: [Int64: Int64]) {
        let delivers = runtime.configuration.delivers
        let (isMine, isDue) = lock.withLock {
            inbox.queued = queued
            // In a forked child it does not run before there is something to deliver.
            let isMine = isStarted || delivers && !registered.isEmpty
            return (isMine && !isForbidden, queued.values.contains { $0 > 0 })
        }
        if isMine { start() }
        // Whoever uploads, if it is not this process, hears of it.
        if isDue, !isMine { touchWakeFile() }
    }

    /// Delivers all there is, now.
    func flush() {
        lock.withLock { inbox.isFlushWanted = true }
        start()
        wake()
    }

    /// As above, and tells when nothing is left, nothing more can be done, or
    /// the time is over.
    func flush(within limit: Duration) -> Reply<FlushReport> {
        let reply = Reply<FlushReport>()
        if lock.withLock({ isForbidden }) {
            reply.fulfil(forbidden())
            return reply
        }
        let deadline = clock.boot().addingReportingOverflow(limit.nanoseconds)
        lock.withLock {
            inbox.isFlushWanted = true
            inbox.waiters.append(
                FlushWaiter(reply: reply, deadline: deadline.overflow ? .max : deadline.partialValue))
        }
        start()
        wake()
        return reply
    }

    /// Ends the thread; requests under way are given up, their events stay.
    func stop() {
        lock.withLock { inbox.isStopping = true }
        wake()
    }

    var hasEnded: Bool { lock.withLock { !isStarted || isEnded } }

    private func wake() { waiter.wake() }

    private func start() {
        let starts = lock.withLock {
            if isStarted || isForbidden { return false }
            isStarted = true
            isEnded = false
            return true
        }
        guard starts else { return wake() }
        if !runtime.startThread("footfall-upload", { $0.uploader.run() }) {
            lock.withLock { isStarted = false }
        }
    }

    /// Touches the file that the uploading process watches.
    func touchWakeFile() { _ = utimensat(AT_FDCWD, runtime.directory.wake, nil, 0) }

    // MARK: - The thread

    private func run() {
        work.enter()
        watchWakeFile()
        while takeInbox() {
            let now = clock.boot()
            for lane in lanes {
                lane.considerDraining(flushAt: runtime.configuration.flushAt, interval: interval, now: now)
                advance(lane)
            }
            answerWaiters()
            sleep()
        }
        end()
        work.leave()
    }

    private func end() {
        let held = lanes.contains { $0.lock.isHeld }
        lock.withLock { lanes = [] }
        // Whoever waits for the lock looks again at once.
        if held { touchWakeFile() }
        transport = nil
        waiter.unwatchAll()
        if wakeDescriptor >= 0 { close(wakeDescriptor) }
        wakeDescriptor = -1
        answerWaiters(isEnding: true)
        lock.withLock { isEnded = true }
    }

    private var interval: Int64 { runtime.configuration.flushInterval.nanoseconds }

    private func sleep() {
        var deadline = lanes.map { $0.deadline(interval: interval) }.min() ?? .max
        for waiter in waiters { deadline = min(deadline, waiter.deadline) }
        if let transport, transport.isBusy {
            waiter.arm(until: deadline)
            work.leave()
            transport.wait(for: waiter.descriptors, waiter.count)
            work.enter()
            waiter.drain()
        } else {
            work.leave()
            waiter.wait(until: deadline)
            work.enter()
        }
        if wakeDescriptor >= 0, footfall_wait_readable_for(wakeDescriptor, 0) == 1 { wakeFileWasTouched() }
        guard let transport, transport.isBusy else { return }
        for (tag, ending) in transport.perform() {
            guard let lane = lanes.first(where: { UInt64($0.outbox.destination) == tag }) else { continue }
            finish(lane, outcome(ending, lane))
        }
    }

    private func watchWakeFile() {
        let descriptor = footfall_open(runtime.directory.wake, O_RDWR | O_CREAT)
        if descriptor >= 0 { close(descriptor) }
        wakeDescriptor = footfall_watch_file(runtime.directory.wake)
        waiter.watch(wakeDescriptor)
    }

    private func wakeFileWasTouched() {
        footfall_fd_drain(wakeDescriptor)
        do throws(StoreError) {
            let (rows, wishes) = try runtime.gate.withStore { (store) throws(StoreError) in
                guard lanes.contains(where: { $0.lock.isHeld }), try store.requests.pending() > 0 else {
                    return (try store.destinations.all(), [(name: String, argument: String?)]())
                }
                return try store.transaction { (_) throws(StoreError) in
                    (try store.destinations.all(), try store.requests.takeAll())
                }
            }
            for lane in lanes {
                lane.queued = rows.first { $0.id == lane.outbox.destination }?.queued ?? lane.queued
                // Its holder may have ended.
                if !lane.lock.isHeld { lane.foreignUntil = nil }
            }
            if wishes.contains(where: { $0.name == "flush" }) { demandFlush() }
        } catch {
            report(.storeUnavailable, "requests of other processes cannot be read now (\(error))", error)
        }
    }

    private func demandFlush() {
        for lane in lanes {
            lane.machine.flushRequested()
            lane.isDraining = true
            lane.foreignUntil = nil
        }
    }

    /// False when the thread is to end.
    private func takeInbox() -> Bool {
        let taken = lock.withLock {
            let taken = inbox
            inbox = Inbox()
            return taken
        }
        if taken.isStopping { return false }
        for name in taken.removed { lock.withLock { lanes.removeAll { $0.name == name } } }
        for (name, id, delivery) in taken.added { addLane(name, id, delivery) }
        if let queued = taken.queued {
            for lane in lanes { lane.queued = queued[lane.outbox.destination] ?? lane.queued }
        }
        if taken.isFlushWanted { demandFlush() }
        for var waiter in taken.waiters {
            waiter.start = sums().map { ($0.delivered, $0.lost) }
            lock.withLock { waiters.append(waiter) }
        }
        return true
    }

    private func addLane(_ name: String, _ id: Int64, _ delivery: any Delivery) {
        let outbox = Outbox(gate: runtime.gate, destination: id)
        // Without its row it begins with nothing, and hears of the next commit.
        let row = try? runtime.gate.withStore { (store) throws(StoreError) in try store.destinations.row(id) }
        let lane = Lane(
            name: name, outbox: outbox, delivery: delivery,
            lock: UploaderLock(path: runtime.directory.uploaderLock(name)), row: row ?? nil, now: clock.boot(),
            wall: clock.wall())
        lock.withLock { lanes.append(lane) }
    }

    // MARK: - Attempts

    /// Begins attempts until one is under way or nothing can be done now.
    private func advance(_ lane: Lane) {
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

    private func outcome(_ ending: Transport.Ending, _ lane: Lane) -> DeliveryOutcome {
        switch ending {
        case .failure(let why): .retry(why, after: nil)
        case .response(let status, let headers, let body):
            lane.delivery.outcome(of: HTTPResponse(status: status, headers: headers, body: body))
        }
    }

    private func finish(_ lane: Lane, _ outcome: DeliveryOutcome) {
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

    private func report(_ code: FootfallError.Code, _ message: String, _ underlying: (any Error)?) {
        runtime.report(FootfallError(code, message, underlying: underlying))
    }

    // MARK: - Waiters

    private func sums() -> (delivered: Int64, queued: Int64, lost: Int64)? {
        // Asked again at the next turn.
        let found = try? runtime.gate.withStore { (store) throws(StoreError) in
            (try store.destinations.all(), try store.counters.value(CounterTable.rows))
        }
        guard let (rows, stored) = found else { return nil }
        // Without any destination, what is stored waits for the first.
        return rows.reduce(into: (0, rows.isEmpty ? stored : 0, 0)) { sum, row in
            sum.delivered += row.delivered
            sum.queued += row.queued
            sum.lost += row.dropped + row.deadLettered
        }
    }

    private func answerWaiters(isEnding: Bool = false) {
        guard !waiters.isEmpty else { return }
        let now = clock.boot()
        let isSettled = lanes.allSatisfy { $0.isSettled || isGivenUp($0, now) }
        let ready = waiters.filter { isEnding || isSettled || $0.deadline <= now }
        guard !ready.isEmpty, let sums = sums() else { return }
        lock.withLock { waiters.removeAll { isEnding || isSettled || $0.deadline <= now } }
        for waiter in ready {
            var report = FlushReport()
            report.queued = sums.queued
            report.delivered = sums.delivered - (waiter.start?.delivered ?? sums.delivered)
            report.dropped = sums.lost - (waiter.start?.lost ?? sums.lost)
            let left = lanes.filter { $0.queued > 0 }
            report.isBlocked = sums.queued > 0 && !left.isEmpty && left.allSatisfy(\.isSettled)
            report.problems = left.map(problem)
            waiter.reply.fulfil(report)
        }
    }

    /// What a forked child can say that must leave delivering to others.
    private func forbidden() -> FlushReport {
        touchWakeFile()
        var report = FlushReport()
        report.queued = sums()?.queued ?? 0
        report.problems = [
            "this process was forked while its parent was delivering; any other process on this store delivers its events"
        ]
        return report
    }

    /// Another process was asked two seconds ago and did nothing.
    private func isGivenUp(_ lane: Lane, _ now: Int64) -> Bool {
        guard let asked = lane.asked, !lane.lock.isHeld else { return false }
        return now - asked.at > Duration.seconds(2).nanoseconds && lane.queued >= asked.queued
    }

    private func problem(_ lane: Lane) -> String {
        if lane.asked != nil, !lane.lock.isHeld {
            return "\(lane.name): process \(lane.lock.holder ?? "?") delivers for it and does not answer"
        }
        return "\(lane.name): \(lane.machine.lastError ?? "\(lane.queued) events are under way")"
    }

    // MARK: - fork

    /// In a forked child: nothing of the parent's is used or closed properly.
    func startAfreshInChild(canDeliver: Bool) {
        lock.reinitialize()
        work.reinitialize()
        // A child of a child that cannot deliver cannot, either.
        isForbidden = isForbidden || !canDeliver
        for lane in lanes {
            lane.lock.release()
            _ = Unmanaged.passRetained(lane)
        }
        // The sockets are the parent's: freeing curl's handles would end its TLS connections.
        if let transport { _ = Unmanaged.passRetained(transport) }
        if let gzip { _ = Unmanaged.passRetained(gzip) }
        transport = nil
        gzip = nil
        lanes = []
        waiters = []
        if wakeDescriptor >= 0 { close(wakeDescriptor) }
        wakeDescriptor = -1
        inbox = Inbox()
        inbox.added = registered
        isStarted = false
        isEnded = false
        waiter = Waiter()
    }
}
