// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// The batch that is to be stored, and when and how it is committed.
///
/// Invariant: an event leaves the batch and its spool only when it is in a store, on the
/// disk if there is one. A batch that cannot be stored now is kept whole and tried again.
/// Two things drop a batch: an erasure, and a caller that hears that its events were not
/// stored (``commit(mayEvict:for:filledBy:)``).
///
/// It belongs to the pipeline's thread.
final class Committer {
    private unowned let runtime: Runtime
    private let runner: PluginRunner
    private let routes: DestinationRoutes
    private let purge: Purge
    private let writer: BatchWriter
    private let clock: SystemClock
    /// Bytes of events in one transaction at most.
    private let transactionBytes: Int

    private var batch = Batch()
    private var identity: IdentityLedger
    private var syncPolicy = SyncPolicy()
    private var isFirst: Bool
    /// The number of the last call that is in the batch or before it.
    private var sequence: Int64 = 0
    /// What a store in memory has.
    let memory: MemoryBacklog
    /// Flushes that wait until another process releases the store.
    private var waitingFlushes: [Reply<FootfallError?>] = []
    private var needsTidying = false
    /// Nanoseconds since boot: when a batch that could not be stored is tried again; 0 for
    /// at once. `nil` when nothing failed.
    private(set) var retryAt: Int64?
    /// Why the last commit failed.
    private var lastError: FootfallError?

    init(
        _ runtime: Runtime, identity: Identity, runner: PluginRunner, routes: DestinationRoutes, purge: Purge,
        writer: BatchWriter
    ) {
        self.runtime = runtime
        self.runner = runner
        self.routes = routes
        self.purge = purge
        self.writer = writer
        memory = MemoryBacklog(runtime)
        clock = runtime.configuration.clock
        transactionBytes = runtime.configuration.storeLimits.transactionBytes
        // The identity's file may know more than the store: its process died.
        self.identity = IdentityLedger(identity, isUnstored: true)
        // The first commit of a process waits for the disk when it made the store.
        isFirst = !runtime.hasIdentityFile
        routes.whenRenewed { [unowned self] in batch.reroute($0) }
    }

    // MARK: - The batch

    /// Whether the batch is large enough for one transaction.
    var isLargeEnough: Bool { batch.items.count >= Limits.transactionEvents || writer.bytes >= transactionBytes }

    /// Adds an event that went through the plugins.
    ///
    /// - Parameter place: Its place among the events that a caller waits for.
    func add(_ event: consuming PreparedEvent, place: Int?) {
        var item = writer.item(event, hasPlugin: runner.transactionPlugin != nil)
        item.batchIndex = place
        add(item)
    }

    /// Adds an occurrence that is not an event; a session plugin judges it.
    func add(_ occurrence: Occurrence) {
        var item = PreparedItem()
        item.occurrence = occurrence
        add(item)
    }

    private func add(_ item: consuming PreparedItem) {
        plan(&item)
        batch.items.append(item)
    }

    private func plan(_ item: inout PreparedItem) {
        guard let plugin = runner.transactionPlugin, let occurrence = item.occurrence else { return }
        item.planned = plugin.plan(for: occurrence)
        item.insertions = item.planned.compactMap { runner.prepare(planned: $0) }
    }

    /// An event that a caller waits for is not stored.
    func reject(_ place: Int, _ reason: DropReason) { batch.reject(place, reason) }

    /// Values for the key-value store, in the transaction of the batch.
    func set(_ values: [String: String]) { batch.set(values) }

    /// Calls `body` when the batch is stored, or removed by an erasure.
    func whenStored(_ body: @escaping () -> Void) { batch.whenStored(body) }

    /// Everything up to this call of the process is in the batch, or was dropped.
    func reachedCall(_ sequence: Int64) { self.sequence = sequence }

    /// Everything up to this record of another process's spool is in the batch.
    func reachedRecord(_ sequence: Int64, ofSpool id: String) { batch.mark(id, sequence) }

    /// Drops what is in the batch: it comes before an erasure.
    func drop(beginningAnewWith identity: Identity) {
        let reason = runtime.consent.dropReason
        runner.countDrop(reason, Int64(batch.items.count))
        runner.storages.erased()
        runner.outcomes.erased(batch.messageIds, reason)
        end()
        retryAt = nil
        self.identity.replace(with: identity)
    }

    /// In a forked child: the batch is its parent's.
    func startAfreshInChild(_ identity: Identity) {
        clear()
        runner.storages.startAfreshInChild()
        runner.observers.startAfreshInChild()
        runner.outcomes.startAfreshInChild()
        self.identity.replace(with: identity)
        sequence = 0
        retryAt = nil
    }

    /// The batch is stored, or removed by an erasure.
    private func end() {
        let isDone = batch.whenStored
        clear()
        for body in isDone { body() }
    }

    private func clear() {
        batch = Batch()
        writer.removeAll()
    }

    // MARK: - Identity

    /// The installation's identity behind the calls that were processed so far.
    var currentIdentity: Identity { identity.identity }

    /// Whether a change of the identity made at a time is the latest.
    func isLatest(_ changed: Timestamp) -> Bool { identity.isLatest(changed) }

    func follow(_ event: borrowing Event) { identity.follow(event) }

    func follow(_ reset: Reset) { identity.replace(with: reset.identity) }

    // MARK: - Commits

    /// Nanoseconds since boot: when a commit that waits for the disk is due although no call comes.
    var syncDeadline: Int64 { min(syncPolicy.deadline, runner.storages.deadline) }

    /// A batch that failed is tried now.
    func beginRetry() { retryAt = nil }

    /// Stores the batch in one transaction.
    ///
    /// - Parameter durably: Whether the commit waits for the disk.
    @discardableResult
    func commit(durably: Bool = false) -> CommitResult {
        runtime.pipeline.assertOnPipelineThread()
        if runtime.configuration.isRehearsal {
            clear()
            return .stored(CommitOutcome())
        }
        guard !runtime.gate.isShut else {
            answerFlushes(.closed)
            return .failed(.closed)
        }
        if !batch.items.isEmpty { runtime.lookAtConsent() }
        // Read once: it may be raised at any moment, and what is written is compared with this.
        let erasure = runtime.consent.erasure
        let beginnings = runtime.mailbox.beginnings
        if erasure != purge.followed {
            // The command that removes the rest is on its way.
            let reason = runtime.consent.dropReason
            runner.countDrop(reason, Int64(batch.items.count))
            runner.outcomes.erased(batch.messageIds, reason)
            batch.dropItems(reason)
            runner.storages.erased()
            identity.wasStored()
        }
        // The identity waits while nothing is recorded.
        batch.identity = identity.isUnstored && !runtime.isOptedOut ? identity.identity : nil
        if let id = runtime.mailbox.spoolID { batch.mark(id, sequence) }
        batch.addDrops(runner.takeDrops())
        let now = clock.boot()
        let syncIsDue = now >= syncPolicy.deadline || durably && syncPolicy.isDirty
        batch.pluginNumbers = batch.isEmpty && !syncIsDue && !durably ? nil : runtime.watch.numbers(at: now)
        guard !batch.isEmpty || syncIsDue || runner.storages.isDue else {
            releaseEmptyBatch()
            return .stored(CommitOutcome(rejected: batch.rejected))
        }
        do throws(StoreError) {
            try registerDestinations()
            let syncs =
                durably || isFirst || isOneShot || syncPolicy.shouldSync(events: batch.items.count, at: now)
            switch try write(syncs ? .full : .normal, erasure) {
            case .written(let outcome):
                syncPolicy.committed(events: outcome.rows, synced: syncs, at: now)
                return stored(outcome, asOf: beginnings)
            case .full: return .full
            case .ofAnotherErasure(let found): return follow(found, durably: durably)
            case .givenUp: return .failed(.overdue)
            case .stale, .unforeseen:
                throw StoreError(.system(EAGAIN), "storing events", "another process changes the destinations")
            }
        } catch {
            return failed(error)
        }
    }

    /// Stores what plugins kept when they were shut down.
    func storeLastValues() { if runner.storages.isDue { commit(durably: true) } }

    private func registerDestinations() throws(StoreError) {
        do throws(StoreError) {
            try routes.register(runner.timeline.destinations)
        } catch {
            // One destination too many must not keep the others' events.
            guard case .system = error.kind else { throw error }
            routes.report(unregistered: error)
        }
    }

    private func write(
        _ synchronous: Store.Synchronous, _ erasure: Int64
    ) throws(StoreError) -> BatchWriter.WriteResult {
        // Two tries are enough: only a person's command makes the rows stale.
        for _ in 0..<2 {
            batch.rows = routes.rows
            let result = try writer.write(
                &batch, store: runtime.store, plugin: runner.transactionPlugin, synchronous: synchronous,
                erasure: erasure)
            guard case .stale = result else { return result }
            try routes.renew(runner.timeline.destinations)
        }
        return .stale
    }

    /// A command's event: no later commit makes it safe. Imports are committed again at their end.
    private var isOneShot: Bool { runtime.configuration.role == .command && batch.mayEvict && !batch.items.isEmpty }

    /// The store and this process know different erasures.
    private func follow(_ found: Erasure.State, durably: Bool) -> CommitResult {
        purge.found(found)
        if purge.follow(found) { return commit(durably: durably) }
        let problem = purge.problem ?? FootfallError(.storeUnavailable, "what is stored cannot be removed now")
        lastError = problem
        retryAt = purge.eraseAt
        return .failed(problem)
    }

    /// - Parameter beginnings: As of before the transaction; see ``Mailbox/beginnings``.
    private func stored(_ outcome: CommitOutcome, asOf beginnings: Int) -> CommitResult {
        purge.found(outcome.erasure)
        if outcome.removesTraces { purge.beginWiping() }
        isFirst = false
        needsTidying = true
        lastError = nil
        if let numbers = batch.pluginNumbers { runtime.watch.stored(numbers) }
        answerFlushes(nil)
        runtime.statistics.count(stored: outcome.rows, drops: outcome.drops)
        if let name = outcome.tooLarge { runtime.report(EventSize.problem(name)) }
        if let event = outcome.lastEvent { runtime.statistics.lastEvent = event }
        runtime.statistics.settled(outcome.events)
        runtime.statistics.storeHas(outcome.waiting)
        shareIdentity(outcome, beginnings)
        runtime.uploader.clocks = writer.clocks.machine
        if outcome.rows > 0 { runtime.uploader.eventsWait(outcome.queued, leavesSome: routes.leavesSome) }
        // A process that dies in a plugin here leaves its records, so the next one knows of an unclean end.
        runner.observers.tell(identity.identity)
        runner.outcomes.committed(outcome) { id, name in routes.row(of: name) == id && runner.delivers(to: name) }
        runner.show(outcome.observed)
        // Nothing leaves the spool before it is on the disk.
        if runtime.store.isInMemory {
            memory.stored(through: sequence)
        } else {
            runtime.mailbox.removeSpooled(upTo: sequence)
        }
        end()
        return .stored(outcome)
    }

    private func shareIdentity(_ outcome: CommitOutcome, _ beginnings: Int) {
        if batch.identity != nil { identity.wasStored() }
        if let foreign = outcome.foreignIdentity {
            runtime.mailbox.adopt(foreign, asOf: beginnings)
            identity.adopt(foreign)
        }
        // An identity that was read from a spool is new to the callers.
        if let own = outcome.ownIdentity { runtime.mailbox.adopt(own, asOf: beginnings) }
        if outcome.ownIdentity != nil || outcome.foreignIdentity != nil { runtime.writeIdentityFile() }
    }

    private func releaseEmptyBatch() {
        if runtime.store.isInMemory { memory.releaseDelivered() } else { runtime.mailbox.removeSpooled(upTo: sequence) }
        batch.removeMarks()
    }

    /// Notes why something could not be stored; the batch is tried again.
    @discardableResult
    func failed(_ error: StoreError) -> CommitResult {
        let problem = FootfallError(
            .storeUnavailable, "events cannot be stored (\(error)); they are kept and it is tried again",
            underlying: error)
        lastError = problem
        runtime.statistics.storeBusy(error.isBusy)
        // Busy: the five seconds of waiting are over, so the next try is at once.
        guard !error.isBusy else {
            retryAt = 0
            return .busy
        }
        runtime.report(problem)
        retryAt = clock.boot() + Limits.storeRetry.nanoseconds
        answerFlushes(problem)
        return .failed(problem)
    }

    private func answerFlushes(_ problem: FootfallError?) {
        for reply in waitingFlushes { reply.fulfil(problem) }
        waitingFlushes = []
    }

    /// Answers a flush when another process has released the store.
    func answerLater(_ reply: Reply<FootfallError?>) { waitingFlushes.append(reply) }

    // MARK: - A batch that a caller waits for

    /// Stores what was called before, and then the events that `fill` adds. A caller that
    /// hears of a failure has nothing stored.
    ///
    /// - Parameters:
    ///   - mayEvict: Whether the oldest events make room for a single event. Then it is stored
    ///     in one transaction with the identity and the sums.
    ///   - reply: The caller's. Nothing is stored once it is given up.
    func commit(mayEvict: Bool, for reply: Reply<BatchReport>, filledBy fill: () -> Void) -> BatchReport {
        var report = BatchReport()
        if !mayEvict || !batch.items.isEmpty || runner.storages.isDue {
            if case .failure(let problem) = commitPatiently() {
                report.error = problem
                return report
            }
            clear()
        }
        guard !reply.isGivenUp else {
            report.error = .overdue
            return report
        }
        batch.mayEvict = mayEvict
        batch.isStillWanted = { reply.makeCertain() }
        fill()
        switch commitPatiently() {
        case .failure(let problem):
            report.error = problem
            retryAt = nil
            runner.undo()
        case .success(nil):
            report.isFull = true
            runner.undo()
        case .success(let outcome?):
            report.stored = outcome.events
            report.rejected = outcome.rejected
        }
        clear()
        return report
    }

    /// Waits for another process that has the store, up to half a minute. `nil` when the
    /// store is full.
    private func commitPatiently() -> Result<CommitOutcome?, FootfallError> {
        for _ in 0..<6 {
            switch commit() {
            case .stored(let outcome): return .success(outcome)
            case .full: return .success(nil)
            case .failed(let problem): return .failure(problem)
            case .busy: continue
            }
        }
        return .failure(lastError ?? .overdue)
    }

    /// The events that an event would become now. Nothing is stored.
    func rehearse(_ event: consuming PreparedEvent, hasStore: Bool) -> [Event] {
        var item = writer.item(event, hasPlugin: true)
        plan(&item)
        return writer.rehearse(item, store: runtime.store, plugin: runner.transactionPlugin, hasStore: hasStore)
    }

    /// Does what was put off while there was more to store.
    func tidy() {
        guard needsTidying else { return }
        needsTidying = false
        runtime.store.tidy()
    }
}
