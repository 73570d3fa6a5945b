// SPDX-License-Identifier: MIT
import FootfallStore

/// The uploader's thread: gives each destination its turn, sleeps until the next one is due,
/// and passes on what other threads and processes say.
///
/// A destination that waits never delays another. The thread starts when there is something
/// to deliver, and again in a forked child.
final class Uploader: @unchecked Sendable {
    private unowned let runtime: Runtime
    private let clock: SystemClock

    /// Held by the thread unless it sleeps. fork() waits for it.
    let work = WorkLock()
    /// Held during fork() as well, so that a child gets what it protects as a whole.
    let lock = Lock()
    // Protected by lock.
    private var inbox = UploaderInbox()
    // Protected by lock. What a forked child delivers to.
    private var registered: [UploaderInbox.Registration] = []
    private enum Life { case idle, running, settled, ended }
    // Protected by lock. Settled: what the destinations answered is in the store.
    private var life = Life.idle
    /// In a forked child whose parent was delivering just then: it must not deliver.
    // Protected by lock.
    private(set) var isForbidden = false
    // Protected by lock. Destinations of this process that have no row in the store yet.
    private var unregistered: [String] = []
    // Protected by lock.
    private var knownClocks: ClockStateMachine
    // Both are protected by lock while they change; the thread alone changes them.
    private var destinations: [DestinationUploader] = []
    private var waiters = FlushWaiters()

    /// Whether what waits for a new destination is delivered at once. Not in a forked child.
    private var flushesOnStart: Bool
    /// Used by the pipeline's thread only.
    private var wakeThrottle = WakeThrottle()

    // Used by the uploader's thread only, and replaced in a forked child.
    private var context: DeliveryContext
    private var wakeFile: WakeFile
    private var poller: Poller

    init(_ runtime: Runtime) {
        self.runtime = runtime
        let configuration = runtime.configuration
        clock = configuration.clock
        poller = Poller(configuration.clock)
        flushesOnStart = configuration.flushOnStart && configuration.delivers
        knownClocks = ClockStateMachine(notBefore: configuration.clock.notBefore)
        context = DeliveryContext(runtime, network: NetworkPolicy(monthlyBudget: configuration.monthlyBudget))
        wakeFile = WakeFile(path: runtime.directory.wake)
    }

    // MARK: - From any thread

    /// The clocks, as the pipeline or this thread read them last from the store.
    var clocks: ClockStateMachine {
        get { lock.withLock { knownClocks } }
        set { lock.withLock { knownClocks = newValue } }
    }

    /// Delivers to a destination from now on.
    func add(name: String, id: Int64, delivery: any Delivery) {
        let registration = UploaderInbox.Registration(name: name, id: id, delivery: delivery)
        lock.withLock {
            inbox.add(registration)
            registered.append(registration)
        }
        runtime.configuration.delivers ? start() : wake()
    }

    /// The store has no row for these destinations yet, so nothing is delivered to them.
    func set(unregistered: [String]) { lock.withLock { self.unregistered = unregistered } }

    func remove(name: String) {
        lock.withLock {
            inbox.remove(name: name)
            registered.removeAll { $0.name.isIdentical(to: name) }
            unregistered.removeAll { $0.isIdentical(to: name) }
        }
        wake()
    }

    /// A commit stored events. On the pipeline's thread.
    ///
    /// - Parameters:
    ///   - queued: The events that wait, by destination.
    ///   - leavesSome: Whether another process has to deliver for one of this process's destinations.
    func eventsWait(_ queued: [Int64: Int64], leavesSome: Bool = false) {
        let delivers = runtime.configuration.delivers
        let (isMine, holdsAll) = lock.withLock {
            inbox.queued = queued
            // In a forked child the thread does not run before there is something to deliver.
            let isMine = (life != .idle || delivers && !registered.isEmpty) && !isForbidden
            return (isMine, isMine && !destinations.isEmpty && destinations.allSatisfy(\.holdsLock))
        }
        if isMine { start() }
        let isDue = queued.values.contains { $0 > 0 }
        if wakeThrottle.wakes(isDue: isDue, deliversAll: holdsAll && !leavesSome, now: clock.boot) { touchWakeFile() }
    }

    /// Delivers all events now.
    func flush() {
        lock.withLock { inbox.isFlushWanted = true }
        start()
        wake()
    }

    /// Delivers all events now; replies when nothing is left, when nothing more can be
    /// done in time, or when the time is over.
    ///
    /// - Parameters:
    ///   - events: The rows of the events that are waited for; `nil` for all events.
    ///   - latest: Shows the report while the flush is under way.
    func flush(
        within limit: Duration, for events: [Int64]? = nil, latest: LatestReport? = nil, start: FlushStart? = nil
    ) -> Reply<FlushReport> {
        let reply = Reply<FlushReport>()
        let end = clock.boot().addingReportingOverflow(max(limit.nanoseconds, 0))
        let deadline = end.overflow ? Int64.max : end.partialValue
        let waiter = FlushWaiters.Waiter(reply: reply, deadline: deadline, events: events, latest: latest, start: start)
        let isTaken = lock.withLock {
            guard !isForbidden, life != .ended, !inbox.isStopping else { return false }
            inbox.isFlushWanted = true
            inbox.waiters.append(waiter)
            return true
        }
        guard isTaken else {
            reply.fulfil(reportWithoutThread())
            return reply
        }
        self.start()
        wake()
        return reply
    }

    /// Leaves something in the inbox.
    func tell(_ change: (inout UploaderInbox) -> Void) {
        lock.withLock { change(&inbox) }
        wake()
    }

    var hasSettled: Bool { lock.withLock { life != .running } }
    var hasEnded: Bool { lock.withLock { [.idle, .ended].contains(life) } }

    /// Wakes the uploaders of other processes on the store.
    func touchWakeFile() { WakeFile.touch(runtime.directory.wake) }

    private func wake() { poller.wake() }

    private func start() {
        let starts = lock.withLock {
            if life != .idle || isForbidden { return false }
            life = .running
            return true
        }
        guard starts else { return wake() }
        guard !runtime.startThread("footfall-upload", { $0.uploader.run() }) else { return }
        let waiting = lock.withLock {
            life = .idle
            defer { inbox.waiters = [] }
            return inbox.waiters
        }
        for waiter in waiting { waiter.reply.fulfil(FlushReport(problem: "the uploader cannot be started")) }
    }

    /// The report where no thread delivers: the client is closed, or this is a forked child
    /// that must leave delivering to others.
    private func reportWithoutThread() -> FlushReport {
        touchWakeFile()
        var report = FlushReport(
            problem: lock.withLock { isForbidden }
                ? "this process was forked while its parent was delivering; any other process on this store delivers its events"
                : "the client is closed")
        let sums = view(of: lock.withLock { registered.map { ($0.id, $0.name) } })?.sums
        report.queued = sums.map { $0.waiting.values.reduce($0.unclaimed, +) } ?? 0
        return report
    }

    // MARK: - The thread

    private func run() {
        work.enter()
        context.enterThread()
        poller.watch(runtime.watch.openTimer())
        while readInbox() {
            if wakeFile.watch(with: poller, at: clock.boot(), creates: { runtime.directory.isOwn }) {
                answerWakeFile()
            }
            let isWaitedFor = !waiters.isEmpty
            for destination in destinations { apply(destination.turn(isWaitedFor: isWaitedFor)) }
            if !waiters.isEmpty { answerWaiters(turn()) }
            sleep()
        }
        end()
        work.leave()
    }

    private func sleep() {
        var deadline = destinations.reduce(waiters.nextLook(after: clock.boot())) { min($0, $1.deadline) }
        if !wakeFile.isWatched, !runtime.store.isInMemory { deadline = min(deadline, wakeFile.nextTry) }
        let sender = context.sender
        if sender.isBusy {
            poller.arm(until: deadline)
            work.leave()
            sender.wait(with: poller)
            work.enter()
            poller.drain()
        } else {
            work.leave()
            poller.wait(until: deadline)
            work.enter()
        }
        runtime.watch.wakes()
        if wakeFile.wasTouched() { answerWakeFile() }
        guard sender.isBusy else { return }
        for (tag, ending) in sender.perform() {
            guard let destination = destinations.first(where: { $0.awaits(tag) }) else { continue }
            let heard = context.hear(ending, from: destination.answeringHost)
            if let truth = heard.truth { correctClock(to: truth) }
            apply(destination.answered(ending, hasTime: heard.hasTime))
        }
    }

    private func end() {
        for destination in destinations { destination.end() }
        let heldLocks = destinations.contains(where: \.holdsLock)
        let last = turn(isEnding: true)
        // This frees the locks; processes that wait for one of them look again at once.
        lock.withLock { (destinations, life) = ([], .settled) }
        if heldLocks { touchWakeFile() }
        context.sender.close()
        poller.unwatchAll()
        wakeFile.unwatch()
        // From here on no waiter is taken.
        lock.withLock {
            life = .ended
            for waiter in inbox.waiters { waiters.add(waiter) }
            inbox.waiters = []
        }
        answerWaiters(last)
    }

    // MARK: - The inbox

    /// - Returns: false when the thread is to end.
    private func readInbox() -> Bool {
        let mail = lock.withLock { inbox.takeAll() }
        if mail.isStopping {
            lock.withLock { for waiter in mail.waiters { waiters.add(waiter) } }
            return false
        }
        if let use = mail.networkUse {
            context.set(use)
            if use == .closed { for destination in destinations { destination.networkIsClosed() } }
            tellAll(.networkUseChanged)
        }
        if mail.scheduleChanged { tellAll(.scheduleChanged(schedule)) }
        if mail.enabledChanged {
            tellAll(.suspended(runtime.settings.suspension))
            if !runtime.settings.isEnabled { touchWakeFile() }
        }
        if mail.givesUpRequests { tellAll(.requestsGivenUp) }
        if mail.breaksOff { tellAll(.answersForgotten) }
        for name in mail.removed { removeDestination(name) }
        for registration in mail.added { addDestination(registration) }
        if let queued = mail.queued {
            for destination in destinations { queued[destination.id].map { _ = destination.handle(.queued($0)) } }
        }
        if mail.isFlushWanted { tellAll(.flushWanted) }
        if let isKnown = mail.isClockKnown { tellAll(isKnown ? .clockIsKnown : .clockIsNotKnown) }
        if !mail.waiters.isEmpty { tellAll(.waiterCame) }
        guard waiters.needsSums(mail) else { return true }
        let sums = view(of: destinations.map { ($0.id, $0.name) })?.sums
        lock.withLock { waiters.take(mail, sums) }
        return true
    }

    private func addDestination(_ added: UploaderInbox.Registration) {
        let destination = DestinationUploader(
            name: added.name, id: added.id, delivery: added.delivery, context: context, schedule: schedule)
        if flushesOnStart { destination.handle(.flushWanted) }
        destination.handle(.suspended(runtime.settings.suspension))
        lock.withLock { destinations.append(destination) }
        context.set(destinations.compactMap(\.timeServer))
    }

    private var schedule: DestinationMachine.Schedule {
        DestinationMachine.Schedule(
            flushAt: runtime.settings.flushAt, interval: runtime.settings.flushInterval,
            isAutomatic: runtime.configuration.delivers)
    }

    private func removeDestination(_ name: String) {
        guard let destination = destinations.first(where: { $0.name.isIdentical(to: name) }) else { return }
        destination.handle(.removed)
        lock.withLock { destinations.removeAll { $0 === destination } }
        context.set(destinations.compactMap(\.timeServer))
    }

    // MARK: - All destinations

    private func tellAll(_ input: DestinationMachine.Input) {
        for destination in destinations { destination.handle(input) }
    }

    private func apply(_ effect: DestinationUploader.Effect?) {
        switch effect {
        case .correctsClock(let truth): correctClock(to: truth)
        case .givesUpRequests: tellAll(.requestsGivenUp)
        case nil: break
        }
    }

    /// Has the pipeline move stored events; nothing is sent before that.
    private func correctClock(to truth: Int64) {
        tellAll(.clockIsCorrected)
        runtime.post(.clockConfirmed(truth))
    }

    /// Another process touched the wake file: it changed the consent, ended, or asks for a flush.
    private func answerWakeFile() {
        if runtime.lookAtConsent() { tellAll(.requestsGivenUp) }
        do throws(StoreError) {
            let (rows, requests) = try runtime.store.withStore { (store) throws(StoreError) in
                let held = Set(destinations.filter(\.holdsLock).map(\.name))
                guard !held.isEmpty, try store.requests.pending() > 0 else {
                    return (try store.destinations.all(), [(name: String, argument: String?)]())
                }
                return try store.transaction { (_) throws(StoreError) in
                    (try store.destinations.all(), try store.requests.take { held.contains($0 ?? "") })
                }
            }
            for destination in destinations {
                if let row = rows.first(where: { $0.id == destination.id }) { destination.handle(.queued(row.queued)) }
            }
            tellAll(.holderMayHaveEnded)
            for request in requests where request.name == "flush" {
                for destination in destinations where request.argument?.isIdentical(to: destination.name) ?? true {
                    destination.handle(.flushWanted)
                }
            }
        } catch {
            context.report(.storeUnavailable, "requests of other processes cannot be read now (\(error))", error)
        }
    }

    // MARK: - Reports of a flush

    /// What the store says now; `nil` when it cannot be read, which the next turn tries again.
    private func view(of places: [(id: Int64, name: String)], events: [[Int64]] = []) -> DeliveryView? {
        try? runtime.store.withStore { (store) throws(StoreError) in
            try DeliveryView(store, of: places, events: events)
        }
    }

    private func turn(isEnding: Bool = false) -> FlushWaiters.Turn {
        let now = clock.boot()
        return FlushWaiters.Turn(
            now: now, destinations: destinations.map { $0.standing(at: now) },
            unregistered: lock.withLock { unregistered }, isEnding: isEnding)
    }

    private func answerWaiters(_ turn: FlushWaiters.Turn) {
        guard waiters.needsStore(turn) else { return }
        let view = view(of: turn.destinations.map { ($0.id, $0.name) }, events: waiters.events)
        let answers = lock.withLock { waiters.answer(turn, view) }
        for answer in answers { answer.reply.fulfil(answer.report) }
    }

    // MARK: - fork

    /// In a forked child: nothing that its parent's thread used is used, freed or closed.
    ///
    /// - Parameters:
    ///   - canDeliver: Whether that thread was asleep. Otherwise the child never delivers.
    ///   - hasLists: Whether the child has the lists as a whole. Otherwise it leaves them alone.
    func startAfreshInChild(canDeliver: Bool, hasLists: Bool) {
        lock.reinitialize()
        work.reinitialize()
        // The child of a child that cannot deliver cannot, either.
        isForbidden = isForbidden || !canDeliver || !hasLists
        guard hasLists else { return }
        for destination in destinations { destination.leakInChild() }
        _ = Unmanaged.passRetained(context)
        context = DeliveryContext(runtime, network: context.network)
        destinations = []
        waiters = FlushWaiters()
        wakeFile.unwatch()
        flushesOnStart = false
        inbox = UploaderInbox(added: registered, networkUse: inbox.networkUse)
        life = .idle
        poller = Poller(clock)
    }
}
