// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Synchronization

/// The calls on their way to the pipeline, in their order: stamped, and written to the spool.
///
/// Invariant: the order of the calls is the order of their times and of their sequence
/// numbers, since all of it happens under one lock. At most ``Limits/mailboxEvents`` events
/// are in memory; what comes beyond is in the spool only, and read back in its place.
///
/// Threads: calls come from any thread; what the pipeline's thread does says so.
/// ``lock`` is never held during a write to a disk other than the spool's.
final class Mailbox: @unchecked Sendable {
    let lock = Lock()
    /// How the pipeline's thread sleeps. Replaced only in a forked child, before its threads start.
    private(set) var poller: Poller
    private let clock: SystemClock
    private let report: @Sendable (FootfallError) -> Void
    private let usesSpool: Bool
    /// The calls up to this number come before an erasure.
    private let erasedThroughNumber = Atomic<Int64>(0)

    // Protected by lock:
    private var entries: [Entry] = []
    private var sequence: Int64 = 0
    private(set) var who: CurrentIdentity
    private var spool: SpoolWriter
    private var schedule = WakeSchedule()
    private var spooledFrom: Int64?
    private(set) var waitingEvents = 0
    /// Events that are only in the spool.
    private(set) var spooledEvents = 0
    private var waitingBytes = 0
    private var drops: [DropReason: Int64] = [:]
    private var pool = RandomPool()
    private var isClosed = false

    // Computed once: converting a Duration takes a division of 128 bits.
    private static let linger = Limits.linger.nanoseconds
    private static let deferredLinger = Limits.deferredLinger.nanoseconds

    init(
        identity: Identity, erasure: Int64 = 0, clock: SystemClock, usesSpool: Bool,
        report: @escaping @Sendable (FootfallError) -> Void,
        makeSpool: @escaping @Sendable () throws(StoreError) -> Spool
    ) {
        who = CurrentIdentity(identity, erasure: erasure)
        spool = SpoolWriter(clock: clock, make: makeSpool)
        self.clock = clock
        poller = Poller(clock)
        self.usesSpool = usesSpool
        self.report = report
        entries.reserveCapacity(256)
    }

    // MARK: - Calls, from any thread

    /// Stamps an event and hands it over.
    ///
    /// - Returns: when the call was made, in nanoseconds since boot; ``closed`` when it came too late.
    func post(_ event: consuming Event, _ options: PostOptions) -> Int64 {
        var problem: FootfallError?
        var now = Self.closed
        lock.lock()
        if !isClosed {
            now = stamp(&event, options)
            problem = enqueue(consume event, options, calledAt: now)
        }
        lock.unlock()
        if let problem { report(problem) }
        return now
    }

    /// - Returns: when the call was made, in nanoseconds since boot.
    private func stamp(_ event: inout Event, _ options: PostOptions) -> Int64 {
        let now = clock.boot()
        stampTimeAndId(&event, now)
        who.stamp(&event, options)
        return now
    }

    private func stampTimeAndId(_ event: inout Event, _ now: Int64) {
        // A plugin's event may have the moment of what it tells of.
        if event.hasGivenTimestamp || event.bootNanoseconds == 0 { event.bootNanoseconds = now }
        if !event.hasGivenTimestamp, event.timestamp.milliseconds == 0 { event.timestamp = clock.wall() }
        if case .unassigned = event.identifier { event.identifier = .uuid(pool.uuid()) }
    }

    /// - Parameter now: Nanoseconds since boot; the event itself may be of an earlier moment.
    private func enqueue(_ event: consuming Event, _ options: PostOptions, calledAt now: Int64) -> FootfallError? {
        sequence += 1
        var problem: FootfallError?
        var isSpooled = false
        // Of an event without a record, a guess.
        var size = 256
        if options.durability.usesSpool, options.closures.isEmpty, usesSpool {
            let result = spool.append(event, sequence: sequence, startedAt: now)
            if result == .tooLarge { return drop(.tooLarge, event) }
            if result == .unusable { wake(at: now) }
            if result.hasProblem { problem = spool.takeProblem() }
            isSpooled = result.isSpooled
            size = spool.recordBytes
        }
        if isSpooled, spooledFrom != nil || waitingEvents >= Limits.mailboxEvents {
            if spooledFrom == nil { spooledFrom = sequence }
            spooledEvents += 1
        } else if waitingEvents >= Limits.mailboxEvents {
            let overflow = drop(.overflow, event)
            return problem ?? overflow
        } else {
            waitingEvents += 1
            let isUrgent = event.priority == .critical
            entries.append(Entry(sequence, consume event, options.closures, isSpooled: isSpooled))
            waitingBytes += size
            let isEnough = waitingEvents == Limits.lingerEvents || waitingBytes >= Limits.lingerBytes
            let linger = isSpooled ? options.linger : min(options.linger, Self.deferredLinger)
            if isUrgent || waitingEvents == Limits.mailboxEvents / 2 {
                wake(at: now)
            } else if isEnough {
                wake(at: now, tolerance: Self.deferredLinger)
            } else {
                wake(at: now + linger)
            }
        }
        return problem
    }

    /// Makes the pipeline look into the mailbox at a time since boot, or soon after it if it looks then by itself.
    private func wake(at time: Int64, tolerance: Int64 = 0) {
        if schedule.add(time, tolerance: tolerance) { poller.wake() }
    }

    private func drop(_ reason: DropReason, _ event: borrowing Event) -> FootfallError? {
        drops[reason, default: 0] += 1
        let isFirst = drops[reason] == 1
        wake(at: clock.boot() + Self.linger)
        guard isFirst else { return nil }
        let name = event.event ?? event.name ?? event.type.rawValue
        if reason == .tooLarge { return EventSize.problem(name) }
        return FootfallError(
            .overflow, "events come faster than they can be stored; the newest are dropped, the first was \(name)")
    }

    /// Hands over a command; false when the client is closed.
    @discardableResult
    func post(_ command: sending Command) -> Bool {
        lock.withLock {
            guard !isClosed else { return false }
            if case .close = command { isClosed = true }
            append(.command(command))
            wake(at: .min)
            return true
        }
    }

    /// Counts a call that was refused before it became an event; false when the client is closed.
    func countDrop(_ reason: DropReason) -> Bool {
        lock.withLock {
            guard !isClosed else { return false }
            drops[reason, default: 0] += 1
            wake(at: clock.boot() + Self.linger)
            return true
        }
    }

    /// Changes the identity and tells the pipeline. A visit ends with it. False when the client is closed.
    func reset() -> Bool {
        lock.withLock {
            guard !isClosed else { return false }
            let reset = who.reset(at: clock.moment, anonymousId: pool.uuid().description)
            return add(.reset(reset), at: reset.moment) { EventRecord.write(reset, to: &$0) }
        }
    }

    /// A visit begins, ends, or is idle without ending. False when the client is closed.
    func post(visit change: VisitChange) -> Bool {
        lock.withLock {
            guard !isClosed else { return false }
            let call = who.change(change, at: clock.moment) { pool.uuid().description }
            return add(.visit(call, calls: who.visitCalls), at: call.moment) { EventRecord.write(call, to: &$0) }
        }
    }

    /// Puts a call that is not an event between the events, in the spool as well. True.
    private func add(_ call: QueuedCall, at moment: Moment, _ write: (inout ByteBuffer) -> Void) -> Bool {
        sequence += 1
        let now = moment.bootNanoseconds
        if usesSpool {
            let result = spool.append(sequence: sequence, startedAt: now, write)
            if result == .unusable { wake(at: now) }
            // What follows an event that is only in the spool comes after it.
            if result.isSpooled, spooledFrom != nil { return true }
        }
        entries.append(Entry(sequence: sequence, call: call))
        wake(at: now)
        return true
    }

    private func append(_ call: QueuedCall) {
        sequence += 1
        entries.append(Entry(sequence: sequence, call: call))
    }

    // MARK: - Events past the spool

    /// Stamps an event as ``post(_:_:)`` does, for a caller that waits for what becomes of it.
    func stamped(_ event: consuming Event, _ options: PostOptions) -> Event {
        lock.withLock { _ = stamp(&event, options) }
        return event
    }

    /// Stamps imported events as if they were called now. Those that name no person are
    /// this client's.
    ///
    /// - Parameter isOwn: Whether events with a userId are this client's all the same.
    func stamp(_ events: [Event], isOwn: Bool = false) -> [Event] {
        lock.withLock {
            events.map { event in
                var event = event
                stampTimeAndId(&event, clock.boot())
                who.stamp(imported: &event, isOwn: isOwn)
                return event
            }
        }
    }

    /// Stamps events that a plugin made by itself with the installation's identity.
    func stamp(own events: [Event]) -> [Event] {
        lock.withLock {
            events.map { event in
                var event = event
                who.stamp(automatic: &event)
                return event
            }
        }
    }

    // MARK: - Identity, from any thread

    /// Another process changed the identity; see ``CurrentIdentity/adopt(_:asOf:)``.
    func adopt(_ other: Identity, asOf beginnings: Int) { lock.withLock { who.adopt(other, asOf: beginnings) } }

    /// Follows what the store says of the visit; see ``CurrentIdentity/adopt(visitor:asOf:)``.
    func adopt(visitor other: (anonymousId: String, userId: String?)?, asOf calls: Int) {
        lock.withLock { who.adopt(visitor: other, asOf: calls) }
    }

    /// Without a session plugin, nothing ends a visit.
    func forgetVisitor() { lock.withLock { who.forgetVisitor() } }

    // MARK: - The pipeline's thread

    /// Until when the pipeline may sleep, in nanoseconds since boot. Then it takes a round.
    func nextLook() -> Int64 { lock.withLock { schedule.nextLook(at: clock.boot(), waiting: waitingEvents) } }

    /// The first event that waits, to see whether it is urgent.
    var firstEvent: Event? {
        lock.withLock {
            for entry in entries { if case .event(let event, _) = entry.call { return event } }
            return nil
        }
    }

    /// Takes everything; `spare` becomes the next list.
    ///
    /// When events are only in the spool, its files are switched, so that what is read is
    /// not appended to. If that is not possible (the other file could not be cut off), what
    /// comes after those events waits with them.
    func takeRound(spare: consuming [Entry]) -> Round {
        lock.withLock {
            var round = Round()
            swap(&round.entries, &entries)
            entries = spare
            entries.removeAll(keepingCapacity: true)
            round.last = sequence
            round.drops = drops
            drops.removeAll(keepingCapacity: true)
            let count = round.entries.count
            let isSwitched = spool.switchFiles()
            var isHeldBack = false
            round.events = waitingEvents
            if let from = spooledFrom, !isSwitched {
                entries = round.entries.filter { $0.sequence >= from }
                round.entries.removeAll { $0.sequence >= from }
                round.last = from - 1
                isHeldBack = true
            } else if spooledFrom != nil {
                round.spooledFrom = spooledFrom
                round.reader = spool.reader()
                spooledFrom = nil
                round.events += spooledEvents
                spooledEvents = 0
            }
            waitingEvents = entries.count
            waitingBytes = 0
            schedule.taken(count, waiting: waitingEvents)
            if isHeldBack { schedule.postpone(to: clock.boot() + Self.linger) }
            return round
        }
    }

    /// Takes the calls in memory that are wanted, out of their turn.
    func take(where isWanted: (Entry) -> Bool) -> [Entry] {
        lock.withLock {
            defer { entries.removeAll(where: isWanted) }
            return entries.filter(isWanted)
        }
    }

    /// Writes events that are in memory only to the spool. Gives the number of those that cannot be there.
    func spool(_ left: [Entry]) -> Int {
        lock.withLock { usesSpool ? spool.keep(left, after: &sequence) : left.count }
    }

    /// Everything up to a sequence number is in the store.
    func removeSpooled(upTo sequence: Int64) { lock.withLock { spool.removeRecords(upTo: sequence) } }

    /// The spool's name in the store; `nil` when no call was ever spooled.
    var spoolID: String? { lock.withLock { spool.id } }

    /// The spool's name; one that is missing is made.
    func makeSpool() -> String? { lock.withLock { spool.makeSpool() } }

    /// Removes the spool after the last commit. False when records are in it.
    func removeSpool() -> Bool { lock.withLock { spool.remove() } }

    /// Takes no more calls, where no pipeline runs; the spool is left for the process that
    /// adopts it. False when calls are in it.
    func closeSpool() -> Bool {
        let isEmpty = lock.withLock {
            isClosed = true
            return !entries.contains { $0.call.isRecord }
        }
        return removeSpool() && isEmpty
    }

    // MARK: - Erasures

    /// The calls up to this number come before an erasure. From any thread.
    var erasedThrough: Int64 { erasedThroughNumber.load(ordering: .acquiring) }

    /// Forgets the calls so far and the identity; then `command` goes to the pipeline. From
    /// any thread.
    ///
    /// - Parameter reason: What the forgotten calls are counted as.
    func beginAnew(after erasure: Int64, _ reason: DropReason, _ command: (_ visitCalls: Int) -> Command) {
        lock.withLock {
            dropRecords(reason)
            erasedThroughNumber.store(sequence, ordering: .releasing)
            who.beginAnew(after: erasure)
            spool.setAside()
            guard !isClosed else { return }
            append(.command(command(who.visitCalls)))
            wake(at: .min)
        }
    }

    private func dropRecords(_ reason: DropReason) {
        let before = entries.count
        entries.removeAll(where: \.call.isRecord)
        var count = Int64(before - entries.count)
        // A call that is only in the spool has no entry here.
        if let from = spooledFrom { count += sequence - from + 1 - Int64(entries.count { $0.sequence >= from }) }
        if count > 0 { drops[reason, default: 0] += count }
        spooledFrom = nil
        (waitingEvents, waitingBytes, spooledEvents) = (0, 0, 0)
    }

    /// Removes the spools from before an erasure, when the pipeline has passed over their records.
    func removeStaleSpools() { lock.withLock { spool.removeStale() } }

    // MARK: - fork, in the child

    /// What a forked child goes on from, whose copy was made under the lock.
    var inherited: (spoolID: String?, identity: Identity, visitCalls: Int) {
        (spool.id, who.installation, who.visitCalls)
    }

    /// The copy was made while a call was under way: no more calls are taken.
    func closeInChild() {
        lock.reinitialize()
        isClosed = true
    }

    /// The copy was made under the lock. The calls are the parent's, but for plugins that
    /// were about to be added: the child needs them too, those of `registrations` first.
    func startAfreshInChild(_ registrations: [Entry] = []) {
        lock.reinitialize()
        entries = registrations + entries.filter { $0.call.isRegistration }
        spool.abandonInChild()
        spooledFrom = nil
        pool.empty()
        schedule = WakeSchedule()
        if !entries.isEmpty { _ = schedule.add(.min) }
        (waitingEvents, waitingBytes, spooledEvents) = (0, 0, 0)
        drops = [:]
        poller = Poller(clock)
    }
}
