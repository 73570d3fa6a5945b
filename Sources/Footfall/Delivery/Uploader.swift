// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import FootfallTransport
import Glibc

/// The uploader's thread: delivers stored events, each destination for itself.
final class Uploader: @unchecked Sendable {
    unowned let runtime: Runtime
    let clock: SystemClock

    var transportOptions: TransportOptions {
        TransportOptions(
            certificateAuthorityFile: runtime.configuration.certificateAuthorityFile,
            proxy: runtime.configuration.proxy, noProxy: runtime.configuration.noProxy)
    }

    /// What other threads leave for this one.
    struct Inbox {
        var added: [(name: String, id: Int64, delivery: any Delivery)] = []
        var removed: [String] = []
        var queued: [Int64: Int64]?
        var isFlushWanted = false
        var waiters: [FlushWaiters.Waiter] = []
        var isStopping = false
        var isClockKnown: Bool?
        var networkUse: NetworkUse?
        var breaksOff = false
    }

    /// Held unless the thread sleeps.
    let work = WorkLock()
    /// Guards what follows, and the lists of the thread while they change: fork
    /// copies them whole.
    let lock = Lock()
    /// What is delivered to, for a forked child.
    private var registered: [(name: String, id: Int64, delivery: any Delivery)] = []
    var inbox = Inbox()
    private var isStarted = false
    private var isEnded = false
    // Of the pipeline's thread.
    private var wakeThrottle = WakeThrottle()
    /// In a forked child whose parent was just delivering.
    private(set) var isForbidden = false
    private var poller = Poller()

    // The thread's own.
    var lanes: [DestinationUploader] = []
    var waiters = FlushWaiters()
    var transport: Transport?
    /// Why there is no transport, as the host was told.
    var toldProblem: TransportProblem?
    var network: NetworkPolicy
    /// What servers said of the time, and which of them contradict each other.
    var witnesses = TimeWitnesses()
    var toldDispute: ClockDispute?
    /// Whether the dispute that an earlier process stored was looked at.
    var knowsDispute = false
    var nextTag: UInt64 = 0
    var gzip: GzipEncoder?
    var random = SystemRandomNumberGenerator()
    private var wakeFile: WakeFile

    /// What is known of the clocks, by whoever looked last.
    var clocks: ClockStateMachine {
        get { lock.withLock { knownClocks } }
        set { lock.withLock { knownClocks = newValue } }
    }
    private var knownClocks: ClockStateMachine

    init(_ runtime: Runtime) {
        self.runtime = runtime
        clock = runtime.configuration.clock
        knownClocks = ClockStateMachine(notBefore: clock.notBefore)
        wakeFile = WakeFile(path: runtime.directory.wake)
        network = NetworkPolicy(monthlyBudget: runtime.configuration.monthlyBudget)
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
            inbox.added.removeAll { $0.name.isIdentical(to: name) }
            registered.removeAll { $0.name.isIdentical(to: name) }
        }
        wake()
    }

    /// A commit put events before the destinations.
    func stored(_ queued: [Int64: Int64]) {
        let delivers = runtime.configuration.delivers
        let isDue = queued.values.contains { $0 > 0 }
        let (isMine, holdsAll) = lock.withLock {
            inbox.queued = queued
            // In a forked child it does not run before there is something to deliver.
            let isMine = (isStarted || delivers && !registered.isEmpty) && !isForbidden
            return (isMine, isMine && !lanes.isEmpty && lanes.allSatisfy { $0.lock.isHeld })
        }
        if isMine { start() }
        if wakeThrottle.wakes(isDue: isDue, deliversAll: holdsAll, now: clock.boot) { touchWakeFile() }
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
        let deadline = clock.boot().addingReportingOverflow(max(limit.nanoseconds, 0))
        let isTaken = lock.withLock {
            guard !isForbidden, !isEnded, !inbox.isStopping else { return false }
            inbox.isFlushWanted = true
            inbox.waiters.append(
                FlushWaiters.Waiter(
                    reply: reply, deadline: deadline.overflow ? .max : deadline.partialValue))
            return true
        }
        guard isTaken else {
            reply.fulfil(unable())
            return reply
        }
        start()
        wake()
        return reply
    }

    /// What was doubtful is moved to its right time and can go; or that is to be
    /// tried again.
    func clockIsKnown(_ isKnown: Bool) {
        lock.withLock { inbox.isClockKnown = isKnown }
        wake()
    }

    /// Ends the thread; requests under way are given up, their events stay.
    func stop() {
        lock.withLock { inbox.isStopping = true }
        wake()
    }

    var hasEnded: Bool { lock.withLock { !isStarted || isEnded } }

    func wake() { poller.wake() }

    private func start() {
        let starts = lock.withLock {
            if isStarted || isForbidden { return false }
            isStarted = true
            isEnded = false
            return true
        }
        guard starts else { return wake() }
        if !runtime.startThread("footfall-upload", { $0.uploader.run() }) {
            let waiting = lock.withLock {
                isStarted = false
                defer { inbox.waiters = [] }
                return inbox.waiters
            }
            for waiter in waiting { waiter.reply.fulfil(FlushReport(problem: "the uploader cannot be started")) }
        }
    }

    /// Touches the file that the uploading process watches.
    func touchWakeFile() { WakeFile.touch(runtime.directory.wake) }

    // MARK: - The thread

    private func run() {
        work.enter()
        while takeInbox() {
            let now = clock.boot()
            if wakeFile.watch(with: poller, at: now, creates: { runtime.directory.isOwn }) { answerWakeFile() }
            for lane in lanes {
                lane.considerDraining(
                    flushAt: runtime.configuration.flushAt, interval: interval, now: now,
                    isWaitedFor: !waiters.isEmpty, byItself: runtime.configuration.delivers)
                advance(lane)
            }
            answerWaiters()
            sleep()
        }
        end()
        work.leave()
    }

    private func end() {
        for lane in lanes { settle(lane) }
        let held = lanes.contains { $0.lock.isHeld }
        lock.withLock { lanes = [] }
        // Whoever waits for the lock looks again at once.
        if held { touchWakeFile() }
        transport = nil
        poller.unwatchAll()
        wakeFile.unwatch()
        // From here on nobody is taken who waits.
        let late = lock.withLock {
            isEnded = true
            defer { inbox.waiters = [] }
            return inbox.waiters
        }
        lock.withLock { for waiter in late { waiters.add(waiter) } }
        answerWaiters(isEnding: true)
    }

    var interval: Int64 { runtime.configuration.flushInterval.nanoseconds }

    private func sleep() {
        var deadline = lanes.map { $0.deadline(interval: interval) }.min() ?? .max
        deadline = min(deadline, waiters.deadline)
        if !wakeFile.isWatched, !runtime.gate.isInMemory { deadline = min(deadline, wakeFile.nextTry) }
        if let transport, transport.isBusy {
            poller.arm(until: deadline)
            work.leave()
            transport.wait(for: poller.descriptors, poller.count)
            work.enter()
            poller.drain()
        } else {
            work.leave()
            poller.wait(until: deadline)
            work.enter()
        }
        if wakeFile.wasTouched() { answerWakeFile() }
        guard let transport, transport.isBusy else { return }
        for (tag, ending) in transport.perform() {
            guard let lane = lanes.first(where: { $0.inFlight?.tag == tag }) else { continue }
            if let host = lane.inFlight?.timeHost {
                wasAsked(lane, ending, host)
                continue
            }
            noteTime(ending, lane)
            requestEnded(lane, ending)
        }
    }

    /// Another process touched the wake file: it changed the consent, ended, or asks for a flush.
    private func answerWakeFile() {
        if runtime.lookAtConsent() { giveUpRequests() }
        do throws(StoreError) {
            let (rows, requests) = try runtime.gate.withStore { (store) throws(StoreError) in
                let held = Set(lanes.filter(\.lock.isHeld).map(\.name))
                guard !held.isEmpty, try store.requests.pending() > 0 else {
                    return (try store.destinations.all(), [(name: String, argument: String?)]())
                }
                return try store.transaction { (_) throws(StoreError) in
                    (try store.destinations.all(), try store.requests.take { held.contains($0 ?? "") })
                }
            }
            for lane in lanes {
                lane.queued = rows.first { $0.id == lane.outbox.destination }?.queued ?? lane.queued
                // Its holder may have ended.
                if !lane.lock.isHeld { lane.foreignUntil = nil }
            }
            for request in requests where request.name == "flush" { demandFlush(request.argument) }
        } catch {
            report(.storeUnavailable, "requests of other processes cannot be read now (\(error))", error)
        }
    }

    /// Everything, or one destination's, is to be delivered now.
    private func demandFlush(_ name: String? = nil) {
        for lane in lanes where name?.isIdentical(to: lane.name) ?? true {
            lane.machine.flushRequested()
            lane.isAskedAgain = lane.inFlight != nil
            lane.isDraining = true
            lane.isDemanded = true
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
        if taken.isStopping {
            lock.withLock { for waiter in taken.waiters { waiters.add(waiter) } }
            return false
        }
        if let use = taken.networkUse {
            network.set(use)
            if use == .closed { giveUpRequests() }
            for lane in lanes where lane.unsettled == nil { lane.pausedUntil = .min }
        }
        if taken.breaksOff { forgetAnswers() }
        for name in taken.removed { removeDestination(name) }
        for (name, id, delivery) in taken.added { addDestination(name, id, delivery) }
        if let queued = taken.queued {
            for lane in lanes { lane.queued = queued[lane.outbox.destination] ?? lane.queued }
        }
        if taken.isFlushWanted { demandFlush() }
        if let isKnown = taken.isClockKnown {
            let until = isKnown ? Int64.min : clock.boot() + Duration.seconds(1).nanoseconds
            for lane in lanes where lane.unsettled == nil { lane.pausedUntil = until }
        }
        // Somebody new waits: the holder is asked again.
        if !taken.waiters.isEmpty { for lane in lanes { lane.asked = nil } }
        for waiter in taken.waiters {
            let start = sums()
            lock.withLock { waiters.add(waiter, start: start) }
        }
        return true
    }

    private func removeDestination(_ name: String) {
        guard let lane = lanes.first(where: { $0.name.isIdentical(to: name) }) else { return }
        settle(lane)
        // Its answer would be nobody's.
        if let tag = lane.inFlight?.tag { transport?.cancel(tag: tag) }
        lock.withLock { lanes.removeAll { $0 === lane } }
    }

    private func addDestination(_ name: String, _ id: Int64, _ delivery: any Delivery) {
        let outbox = DestinationQueue(gate: runtime.gate, destination: id, name: name)
        // Without its row it begins with nothing, and hears of the next commit.
        let row = try? outbox.row()
        let lane = DestinationUploader(
            name: name, outbox: outbox, delivery: delivery,
            lock: UploaderLock(
                path: runtime.directory.uploaderLock(name), isAlone: { [gate = runtime.gate] in gate.isInMemory }),
            row: row ?? nil, now: clock.boot(),
            wall: clock.wall())
        lock.withLock { lanes.append(lane) }
    }

    // MARK: - fork

    /// In a forked child: nothing of the parent's is used or closed properly.
    func startAfreshInChild(canDeliver: Bool, hasLists: Bool) {
        lock.reinitialize()
        work.reinitialize()
        // A child of a child that cannot deliver cannot, either.
        isForbidden = isForbidden || !canDeliver || !hasLists
        // Without the lists nothing of them is touched: a disk keeps whoever changes them.
        guard hasLists else { return }
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
        waiters = FlushWaiters()
        witnesses = TimeWitnesses()
        toldDispute = nil
        knowsDispute = false
        toldProblem = nil
        wakeFile.unwatch()
        inbox = Inbox()
        inbox.added = registered
        isStarted = false
        isEnded = false
        poller = Poller()
    }
}
