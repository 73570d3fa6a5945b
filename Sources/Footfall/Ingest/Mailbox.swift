// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Synchronization

/// Where calls are stamped, written to the spool and handed to the pipeline.
///
/// Everything happens under one lock, so the order of the calls is the order of
/// their times. It holds at most ``Limits/mailboxEvents`` events; what comes
/// beyond is in the spool only and read back in its place.
final class Mailbox: @unchecked Sendable {
    struct Entry {
        var sequence: Int64
        var work: Work

        /// Moves the work out: a copy would be dear, and freed far later.
        mutating func takeWork() -> Work {
            var taken = Work.taken
            swap(&taken, &work)
            return taken
        }
    }

    /// What the pipeline takes at once: everything called so far.
    struct Round {
        var entries: [Entry] = []
        /// From this sequence number on, events with records are only in the spool.
        var spooledFrom: Int64?
        var reader: Spool.Cursor?
        /// The last sequence number that was given when it was taken.
        var last: Int64 = 0
        /// Events refused since the last round.
        var drops: [DropReason: Int64] = [:]
    }

    let lock = Lock()
    private(set) var poller = Poller()
    let clock: SystemClock
    private let makeSpool: @Sendable () throws(StoreError) -> Spool
    private let report: @Sendable (FootfallError) -> Void
    let usesSpool: Bool

    var entries: [Entry] = []
    var sequence: Int64 = 0
    var pool = RandomPool()
    var record = ByteBuffer(capacity: 4096)
    private var spool: Spool?
    /// The spools from before an erasure; the pipeline may still read them.
    private var staleSpools: [Spool] = []
    /// The calls up to this number have to go: the user opted out, or is forgotten.
    var erasedThrough: Int64 { erasedThroughNumber.load(ordering: .acquiring) }
    private let erasedThroughNumber = Atomic<Int64>(0)
    private var spoolRetryAt: Int64 = 0
    private var slowSpoolWrites = 0
    var spooledFrom: Int64?
    /// When what is here should be taken.
    private var due = Int64.max
    /// When the pipeline looks here by itself. While calls come fast that is
    /// every few milliseconds, so that no caller has to wake it: in a virtual
    /// machine that costs a caller several microseconds.
    private var looksAt = Int64.max
    private var expectsMore = false
    private var eventsAtLastLook = 0
    private var waitingEvents = 0
    private var waitingBytes = 0
    private var drops: [DropReason: Int64] = [:]
    /// Of the installation.
    var identity: Identity
    /// The erasure that the identity comes after.
    var identityErasure: Int64
    /// How often an erasure began a new identity.
    private(set) var newBeginnings = 0
    /// Of the visit that is open, as far as this process knows; never written to a file.
    var visitor: Identity?
    /// How many calls changed the visit.
    var visitCalls = 0
    var isClosed = false

    init(
        identity: Identity, erasure: Int64 = 0, clock: SystemClock, usesSpool: Bool,
        report: @escaping @Sendable (FootfallError) -> Void,
        makeSpool: @escaping @Sendable () throws(StoreError) -> Spool
    ) {
        self.identity = identity
        identityErasure = erasure
        self.clock = clock
        self.usesSpool = usesSpool
        self.report = report
        self.makeSpool = makeSpool
        entries.reserveCapacity(256)
    }

    // MARK: - Calls

    /// How one call is handled, besides its event.
    struct Call {
        var durability = Durability.process
        var closures: [EnrichmentClosure] = []
        /// Nanoseconds.
        var linger = Mailbox.linger
        var overridesAnonymousId = false
        var overridesUserId = false
        var change = IdentityChange.none
    }

    // Converting a Duration takes a division of 128 bits.
    private static let linger = Limits.linger.nanoseconds
    private static let deferredLinger = Limits.deferredLinger.nanoseconds
    private static let slowSpoolWrite = Limits.slowSpoolWrite.nanoseconds

    enum IdentityChange { case none, identify, alias }

    /// Stamps an event and hands it over. From any thread; never waits for a disk.
    func post(_ event: consuming Event, _ call: Call) {
        var problem: FootfallError?
        lock.lock()
        if !isClosed {
            event.bootNanoseconds = clock.boot()
            if !event.hasGivenTimestamp { event.timestamp = clock.wall() }
            if case .text(let text) = event.identifier, text.isEmpty { event.identifier = .uuid(pool.uuid()) }
            stampIdentity(&event, call)
            problem = enqueue(consume event, call)
        }
        lock.unlock()
        if let problem { report(problem) }
    }

    private func enqueue(_ event: consuming Event, _ call: Call) -> FootfallError? {
        sequence += 1
        var problem: FootfallError?
        var isSpooled = false
        var size = 256
        if call.durability.usesSpool, call.closures.isEmpty, usesSpool {
            record.removeAll()
            SpoolRecord.begin(&record)
            EventRecord.write(event, to: &record)
            SpoolRecord.finish(&record, sequence: sequence)
            size = record.count
            if EventSize.isSurelyTooLarge(recordBytes: size) { return drop(.tooLarge, event) }
            (isSpooled, problem) = appendToSpool(startedAt: event.bootNanoseconds)
        }
        if isSpooled, spooledFrom != nil || waitingEvents >= Limits.mailboxEvents {
            if spooledFrom == nil { spooledFrom = sequence }
        } else if waitingEvents >= Limits.mailboxEvents {
            let overflow = drop(.overflow, event)
            return problem ?? overflow
        } else {
            waitingEvents += 1
            let now = event.bootNanoseconds
            let isUrgent = event.priority == .critical
            entries.append(Entry(sequence: sequence, work: .event(consume event, call.closures)))
            waitingBytes += size
            let isEnough = waitingEvents == Limits.lingerEvents || waitingBytes >= Limits.lingerBytes
            let linger = isSpooled ? call.linger : min(call.linger, Self.deferredLinger)
            if isUrgent || waitingEvents == Limits.mailboxEvents / 2 {
                wake(at: now)
            } else if isEnough {
                wake(at: now, orWithin: Self.deferredLinger)
            } else {
                wake(at: now + linger)
            }
        }
        return problem
    }

    /// Makes the pipeline look at the mailbox at a time since boot; not much
    /// later, if it looks by itself then.
    func wake(at time: Int64, orWithin tolerance: Int64 = 0) {
        due = min(due, time)
        guard time < looksAt, looksAt == .max || time + tolerance < looksAt else { return }
        looksAt = time
        poller.wake()
    }

    private func drop(_ reason: DropReason, _ event: borrowing Event) -> FootfallError? {
        drops[reason, default: 0] += 1
        let isFirst = drops[reason] == 1
        wake(at: clock.boot() + Self.linger)
        guard isFirst else { return nil }
        let name = event.event ?? event.name ?? event.type.rawValue
        if reason == .tooLarge {
            return EventSize.problem(name)
        }
        return FootfallError(
            .overflow, "events come faster than they can be stored; the newest are dropped, the first was \(name)")
    }

    func appendToSpool(startedAt start: Int64) -> (Bool, FootfallError?) {
        guard start >= spoolRetryAt else { return (false, nil) }
        do throws(StoreError) {
            let spool: Spool
            if let there = self.spool { spool = there } else { spool = try makeSpool() }
            self.spool = spool
            guard spool.size + record.count <= Limits.spoolBytes else { return (false, nil) }
            try spool.append(record, sequence: sequence)
        } catch {
            // The pipeline meets the same directory, and says so once.
            if error.isUnusable {
                spoolRetryAt = .max
                wake(at: start)
                return (false, nil)
            }
            spoolRetryAt = start + Limits.spoolPause.nanoseconds
            return (
                false,
                FootfallError(
                    .spoolUnavailable,
                    "events are only safe once they are stored: the spool cannot be written (\(error)); it is tried again in a minute",
                    underlying: error)
            )
        }
        let isSlow = clock.boot() - start > Self.slowSpoolWrite
        slowSpoolWrites = isSlow ? slowSpoolWrites + 1 : 0
        if slowSpoolWrites >= Limits.slowSpoolWrites {
            slowSpoolWrites = 0
            spoolRetryAt = start + Limits.spoolPause.nanoseconds
            return (
                true,
                FootfallError(
                    .spoolUnavailable,
                    "the spool's disk took more than \(Limits.slowSpoolWrite) for \(Limits.slowSpoolWrites) writes in a row; it is not used for a minute"
                )
            )
        }
        return (true, nil)
    }

    /// Hands over a request; false when the client is closed.
    @discardableResult
    func post(_ command: sending Command) -> Bool {
        lock.withLock {
            guard !isClosed else { return false }
            if case .close = command { isClosed = true }
            sequence += 1
            entries.append(Entry(sequence: sequence, work: .command(command)))
            wake(at: .min)
            return true
        }
    }

    /// Takes what must not wait while the store refuses a batch: the end of the
    /// client, those who only look at its plugins, and those who want to know
    /// whether it could be stored.
    func takeUrgent() -> [Command] {
        lock.withLock {
            var urgent: [Command] = []
            entries.removeAll { entry in
                guard case .command(let command) = entry.work, command.isUrgent else { return false }
                urgent.append(command)
                return true
            }
            return urgent
        }
    }

    /// Counts a call that was refused before it became an event.
    func countDrop(_ reason: DropReason) {
        lock.withLock {
            drops[reason, default: 0] += 1
            wake(at: clock.boot() + Self.linger)
        }
    }

    // MARK: - The pipeline's side

    /// Until when the pipeline can sleep; nanoseconds since boot. When that is
    /// over, it takes what is here.
    func nextLook() -> Int64 {
        lock.withLock {
            let now = clock.boot()
            guard due > now else { return due }
            let isBusy = expectsMore || waitingEvents - eventsAtLastLook >= Limits.busyEvents
            expectsMore = false
            eventsAtLastLook = waitingEvents
            looksAt = isBusy ? min(due, now + Self.deferredLinger) : due
            return looksAt
        }
    }

    /// The first event that waits, to see whether it is urgent.
    var firstEvent: Event? {
        lock.withLock {
            for entry in entries { if case .event(let event, _) = entry.work { return event } }
            return nil
        }
    }

    /// Takes everything; `spare` becomes the next list.
    ///
    /// When events are only in the spool, its files are switched, so that what
    /// is read is not appended to. If that is not possible (the other file could
    /// not be cut off), what comes after those events waits with them.
    func takeRound(spare: consuming [Entry]) -> Round {
        lock.withLock {
            var round = Round()
            swap(&round.entries, &entries)
            entries = spare
            entries.removeAll(keepingCapacity: true)
            round.last = sequence
            round.drops = drops
            drops.removeAll(keepingCapacity: true)
            due = .max
            looksAt = .max
            expectsMore = round.entries.count >= Limits.busyEvents
            let isSwitched = spool?.switchFiles() ?? false
            if let from = spooledFrom, !isSwitched {
                entries = round.entries.filter { $0.sequence >= from }
                round.entries.removeAll { $0.sequence >= from }
                round.last = from - 1
                due = clock.boot() + Self.linger
            } else if spooledFrom != nil {
                round.spooledFrom = spooledFrom
                round.reader = spool?.drainingReader()
                spooledFrom = nil
            }
            waitingEvents = entries.count
            eventsAtLastLook = waitingEvents
            waitingBytes = 0
            return round
        }
    }

    /// Everything up to a sequence number is in the store.
    func stored(upTo sequence: Int64) {
        lock.withLock {
            // It is tried again after the next commit; adoption skips what is stored.
            try? spool?.stored(upTo: sequence)
        }
    }

    /// The spool's name in the store; `nil` when nothing was ever spooled.
    var spoolID: String? { lock.withLock { spool?.id } }

    /// Removes the spool after the last commit. False when something is in it.
    func removeSpool() -> Bool {
        lock.withLock {
            guard let spool else { return true }
            guard spool.isEmpty else {
                spool.abandon()
                return false
            }
            spool.remove()
            self.spool = nil
            return true
        }
    }

    // MARK: - Erasing

    /// Forgets the calls so far and the identity; then `command` goes to the pipeline.
    /// False when the client is closed.
    @discardableResult
    func startAnew(after erasure: Int64, _ command: (_ visitCalls: Int) -> Command) -> Bool {
        lock.withLock {
            identityErasure = max(identityErasure, erasure)
            newBeginnings += 1
            let before = entries.count
            entries.removeAll(where: \.work.isRecord)
            var count = Int64(before - entries.count)
            // A call that is only in the spool has no entry here.
            if let from = spooledFrom { count += sequence - from + 1 - commands(from: from) }
            if count > 0 { drops[.optedOut, default: 0] += count }
            spooledFrom = nil
            waitingEvents = 0
            waitingBytes = 0
            erasedThroughNumber.store(sequence, ordering: .releasing)
            identity = .fresh()
            visitor = nil
            visitCalls += 1
            if let spool { staleSpools.append(spool) }
            spool = nil
            guard !isClosed else { return false }
            sequence += 1
            entries.append(Entry(sequence: sequence, work: .command(command(visitCalls))))
            wake(at: .min)
            return true
        }
    }

    private func commands(from first: Int64) -> Int64 { Int64(entries.count { $0.sequence >= first }) }

    /// Removes the spools from before an erasure, when their records were passed over.
    func removeStaleSpools() {
        lock.withLock {
            for spool in staleSpools { spool.remove() }
            staleSpools = []
        }
    }

    // MARK: - fork

    /// Takes no more calls and leaves the spool to whoever adopts it, where no
    /// pipeline runs. False when something is in it.
    func closeSpool() -> Bool {
        let isEmpty = lock.withLock {
            isClosed = true
            return !entries.contains { $0.work.isRecord }
        }
        return removeSpool() && isEmpty
    }

    /// The parent's spool, in a forked child that has not started afresh.
    var inheritedSpoolID: String? { spool?.id }

    /// In a forked child whose copy was made while a call was under way.
    func closeInChild() {
        lock.reinitialize()
        isClosed = true
    }

    /// In a forked child, whose copy was made under the lock: starts afresh.
    /// What the parent had taken is the parent's; plugins on their way into the
    /// chain are the child's, too, those of `registrations` first.
    func startAfreshInChild(_ registrations: [Entry] = []) {
        lock.reinitialize()
        entries = registrations + entries.filter { $0.work.isRegistration }
        // Closing the inherited lock file does not free the parent's lock: that
        // lock belongs to the open description, which the parent holds too.
        spool?.abandon()
        spool = nil
        for spool in staleSpools { spool.abandon() }
        staleSpools = []
        spoolRetryAt = 0
        spooledFrom = nil
        pool.empty()
        due = entries.isEmpty ? .max : .min
        looksAt = .max
        expectsMore = false
        eventsAtLastLook = 0
        waitingEvents = 0
        waitingBytes = 0
        drops = [:]
        poller = Poller()
    }
}
