// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// The pipeline's thread: takes what the mailbox holds, runs it through the
/// chain and stores it, batch by batch.
///
/// It holds ``work`` unless it sleeps; only fork waits for that.
final class Pipeline {
    let work = WorkLock()
    unowned let runtime: Runtime
    let runner: PluginRunner
    let routes: DestinationRoutes
    let writer: BatchWriter
    let clock: SystemClock

    var batch = BatchWriter.Batch()
    var round: RoundReader?
    private var spare: [Mailbox.Entry] = []
    /// The sequence number of the last call that was taken.
    var taken: Int64 = 0
    /// How many of the calls that change the visit were taken.
    var visitCalls = 0
    private var syncPolicy = SyncPolicy()
    private let transactionBytes: Int
    /// The last call that a store in memory took and has not delivered.
    private var inMemoryThrough: Int64 = 0
    /// The identity with the changes of the events taken so far.
    var identity: Identity
    var orphans: [OrphanSpool] = []
    var hasAdopted = false
    var hasLookedAtTime = false
    var hasLoadedClocks = false
    /// When to do an erasure that failed, or that an earlier process may have left
    /// undone: `.min` at the start, while the user is opted out.
    var eraseAt = Int64.max
    /// What is left of what was erased, in free pages and the -wal.
    var erasing = ErasureRetry()
    /// Whether the identity is not in the store because nothing was recorded.
    private var isIdentityOwed = false
    /// The erasure before the events that are taken now.
    var followedErasure: Int64
    /// A deletion request that is not in the store yet.
    var forgetRequests: [JSONObject] = []
    /// When they are looked for although nothing was called; nanoseconds since boot.
    var adoptionTime = Int64.max
    /// In a forked child: the parent's spool, which is to be taken up when the
    /// parent has ended, and how long until the next look.
    var parentSpool: (id: String, delay: Int64)?
    /// When a failed batch is tried again; nanoseconds since boot.
    var retryAt: Int64?
    var isClosing: Reply<Bool>?
    /// When a caller whose thread works here has waited long enough.
    private var givesUpAt = Int64.max
    private var needsTidying = false
    var isEnded = false

    var timeline: Timeline { runner.timeline }

    init(_ runtime: Runtime, identity: Identity, context: JSONObject) {
        transactionBytes = runtime.configuration.storeLimits.transactionBytes
        self.runtime = runtime
        self.identity = identity
        followedErasure = runtime.consent.erasure
        clock = runtime.configuration.clock
        // The side file may know more than the store: its process died.
        batch.identity = identity
        let routes = DestinationRoutes(runtime)
        self.routes = routes
        let runner = PluginRunner(context: context, routes: routes)
        self.runner = runner
        writer = BatchWriter(clock: clock) { runner.prepare($0, []) }
    }

    // MARK: - The thread

    /// Runs until the client is closed.
    func run() {
        work.enter()
        // A host that adds its plugins and then does nothing gets this far.
        if !hasAdopted || parentSpool != nil { adoptionTime = clock.boot() + Limits.linger.nanoseconds }
        while let deadline = workUntilIdle() {
            let poller = runtime.mailbox.poller
            poller.unwatchAll()
            for plugin in timeline.descriptorPlugins where isServed(plugin) { poller.watch(plugin.descriptor) }
            work.leave()
            poller.wait(until: deadline)
            work.enter()
            takeDescriptors()
        }
        work.leave()
    }

    /// Works on the calling thread until something is done, at most so long.
    func work(for limit: Duration, until isDone: () -> Bool) {
        givesUpAt = clock.boot() + limit.nanoseconds
        while let deadline = inlineTurn(), !isDone(), clock.boot() < givesUpAt {
            runtime.mailbox.poller.wait(until: min(deadline, givesUpAt))
        }
    }

    private func inlineTurn() -> Int64? {
        work.enter()
        defer { work.leave() }
        return workUntilIdle()
    }

    /// Does what is due; until when there is nothing to do then. `nil` when the
    /// thread is to end.
    private func workUntilIdle() -> Int64? {
        while !isEnded, givesUpAt == .max || clock.boot() < givesUpAt {
            let deadline =
                retryAt
                ?? min(runtime.mailbox.nextLook(), syncPolicy.deadline, adoptionTime, timeline.nextTime, eraseTime)
            let now = clock.boot()
            if deadline > now, !isUrgent(deadline) {
                tidy()
                return deadline
            }
            // First the erasure: the next events come after it.
            goOnErasing(now)
            runRound()
            if now >= timeline.nextTime, retryAt == nil, !isEnded { takeTimers() }
            if now >= adoptionTime, retryAt == nil, !isEnded { adoptOrphans() }
            // So that fork gets its turn.
            work.leave()
            work.enter()
        }
        return nil
    }

    /// Does what was put off while there was more to store.
    private func tidy() {
        guard needsTidying else { return }
        needsTidying = false
        runtime.gate.tidy()
    }

    /// Whether something lingers that should not: the event that turns a session.
    private func isUrgent(_ deadline: Int64) -> Bool {
        guard deadline != .max, retryAt == nil, let plugin = runner.transactionPlugin,
            let event = runtime.mailbox.firstEvent
        else { return false }
        return plugin.isTurn(.event(event))
    }

    /// Takes everything that was called so far, and stores it.
    private func runRound() {
        if retryAt != nil {
            retryAt = nil
            guard commit() else {
                // Another process has it: that passes.
                if retryAt != 0 { for command in runtime.mailbox.takeUrgent() { runRefused(command) } }
                return
            }
            if !orphans.isEmpty { adoptOrphans() }
        }
        if round == nil {
            let taken = runtime.mailbox.takeRound(spare: spare)
            spare = []
            for (reason, count) in taken.drops { runner.countDrop(reason, count) }
            round = RoundReader(taken, bootID: clock.bootID)
        }
        while let next = round?.next() {
            if !hasAdopted, next.work.isBehindOrphans { adoptOrphans() }
            taken = next.sequence
            guard next.sequence > runtime.mailbox.erasedThrough || !next.work.isRecord else {
                // The call came before the user opted out, or was forgotten.
                runner.countDrop(.optedOut)
                continue
            }
            handle(next.work)
            if isBatchFull {
                guard commit() else { return }
            }
            if isEnded { return }
        }
        guard let finished = round else { return }
        taken = finished.last
        if finished.damaged > 0 { runner.countDrop(.damaged, finished.damaged) }
        round = nil
        spare = finished.takeSpare()
        commit()
        timeline.lookAtTimers()
    }

    private func handle(_ work: consuming Work) {
        switch consume work {
        case .event(let event, let closures): take(event, closures)
        case .reset(let reset): take(reset)
        case .visit(let call, let calls):
            visitCalls = calls ?? visitCalls + 1
            take(call)
        case .command(let command): run(command)
        case .taken: break
        }
    }

    func take(
        _ event: consuming Event, _ closures: [EnrichmentClosure], batchIndex: Int? = nil, isAdopted: Bool = false
    ) {
        // It was called before the user opted out, or by a program that had not heard of it.
        guard !runtime.isOptedOut else {
            runner.countDrop(.optedOut)
            return
        }
        correctTime(&event)
        // An earlier process's identify does not outdo a later one.
        if !isAdopted || (event.identityChanged ?? event.timestamp) >= identity.changed { follow(event) }
        guard let prepared = runner.prepare(event, closures) else {
            if let batchIndex { batchRejects.append((batchIndex, .plugin)) }
            return
        }
        var item = writer.item(prepared, hasPlugin: runner.transactionPlugin != nil)
        item.batchIndex = batchIndex
        plan(&item)
        batch.items.append(item)
    }

    /// Whether what waits is enough for one transaction.
    var isBatchFull: Bool {
        batch.items.count >= Limits.transactionEvents || writer.bytes >= transactionBytes
    }

    func take(_ reset: Reset, isAdopted: Bool = false) {
        if !isAdopted || reset.changed >= identity.changed {
            identity = Identity(anonymousId: reset.anonymousId, userId: nil, traits: [:], changed: reset.changed)
            batch.identity = identity
        }
        if !isAdopted { visitCalls += 1 }
        timeline.forEachEventPlugin { $0.reset() }
        var item = PreparedItem()
        item.occurrence = .reset(reset.moment)
        plan(&item)
        batch.items.append(item)
    }

    func plan(_ item: inout PreparedItem) {
        guard let plugin = runner.transactionPlugin, let occurrence = item.occurrence else { return }
        item.planned = plugin.plan(for: occurrence)
        item.insertions = item.planned.compactMap { runner.prepare($0, []) }
    }

    /// Keeps the identity up with the events, for the store: it survives with
    /// the identify event itself, in the spool.
    private func follow(_ event: Event) {
        // Another process's change may have come between the call and now.
        guard let changed = event.identityChanged, changed >= identity.changed else { return }
        switch event.type {
        case .identify: identity.apply(identify: event.userId, traits: event.traits, at: changed)
        case .alias:
            identity.userId = event.userId
            identity.changed = changed
        default: return
        }
        batch.identity = identity
    }

    // MARK: - Commits

    func emptyBatch() {
        batch = BatchWriter.Batch()
        writer.removeAll()
    }

    var batchRejects: [(index: Int, reason: DropReason)] = []
    var lastOutcome: BatchWriter.Outcome?
    var lastError: FootfallError?
    /// Of flushes that another process's lock keeps.
    var pendingReplies: [Reply<FootfallError?>] = []

    /// Stores the batch; false when that failed: it is kept and tried again.
    @discardableResult
    func commit(durably: Bool = false) -> Bool {
        if runtime.configuration.isRehearsal {
            emptyBatch()
            return true
        }
        if !batch.items.isEmpty { runtime.lookAtConsent() }
        // Read once: it may be raised at any moment, and what is written is compared with this.
        let erasure = runtime.consent.erasure
        let beginnings = runtime.mailbox.beginnings
        if erasure != followedErasure {
            // The command that removes the rest is on its way.
            runner.countDrop(.optedOut, Int64(batch.items.count))
            batch.items = []
            batch.identity = nil
        }
        settleIdentity()
        let sequence = taken
        if let id = runtime.mailbox.spoolID {
            batch.mark(id, sequence)
        }
        for (reason, count) in runner.takeDrops() { batch.drops[reason, default: 0] += count }
        let now = clock.boot()
        let isDue = now >= syncPolicy.deadline
        let isNothing =
            batch.items.isEmpty && batch.identity == nil && batch.drops.isEmpty && batch.values.isEmpty
        if isNothing, !(durably && syncPolicy.isDirty), !isDue {
            if runtime.gate.isInMemory { releaseDelivered() } else { runtime.mailbox.stored(upTo: sequence) }
            batch.spoolMarks = []
            return true
        }
        let syncs =
            durably || isFirstCommit || isOneShot || syncPolicy.shouldSync(events: batch.items.count, at: now)
        do throws(StoreError) {
            do throws(StoreError) {
                try routes.register(timeline.destinations)
            } catch {
                // One destination too many must not keep the others' events.
                guard case .system = error.kind else { throw error }
                routes.report(unregistered: error)
            }
            let outcome = try write(syncs ? .full : .normal, erasure)
            found(outcome.erasure)
            if outcome.isOfAnotherErasure { return follow(outcome.erasure) && commit(durably: durably) }
            lastOutcome = outcome
            if outcome.isFull { return true }
            syncPolicy.committed(events: outcome.rows, synced: syncs, at: now)
            isFirstCommit = false
            needsTidying = true
            committed(outcome, asOf: beginnings)
            if outcome.removesTraces { erasing.begin(at: clock.boot()) }
            stored(upTo: sequence)
            emptyBatch()
            return true
        } catch {
            failed(error)
            return false
        }
    }

    /// The identity waits while nothing is recorded.
    private func settleIdentity() {
        if runtime.isOptedOut {
            isIdentityOwed = isIdentityOwed || batch.identity != nil
            batch.identity = nil
        } else if isIdentityOwed {
            isIdentityOwed = false
            batch.identity = identity
        }
    }

    private func write(
        _ synchronous: Store.Synchronous, _ erasure: Int64
    ) throws(StoreError) -> BatchWriter.Outcome {
        // Two tries are enough: only a person's command makes the rows stale.
        for _ in 0..<2 {
            batch.rows = routes.rows
            let outcome = try writer.write(
                &batch, gate: runtime.gate, plugin: runner.transactionPlugin, synchronous: synchronous,
                erasure: erasure)
            guard outcome.isStale else { return outcome }
            batch.reroute(try routes.renew(timeline.destinations))
        }
        throw StoreError(.system(EAGAIN), "storing events", "another process changes the destinations")
    }

    /// A command's event: nobody is left to make it safe later. Not so with imports.
    private var isOneShot: Bool { runtime.configuration.role == .command && batch.mayEvict && !batch.items.isEmpty }

    /// The first commit of a process waits for the disk when it made the store.
    private var isFirstCommit: Bool {
        get { !runtime.hasIdentityFile && !hasSyncedFirst }
        set { hasSyncedFirst = !newValue }
    }
    private var hasSyncedFirst = false

    /// - Parameter beginnings: As of before the transaction; see ``Mailbox/beginnings``.
    func committed(_ outcome: BatchWriter.Outcome, asOf beginnings: Int) {
        lastError = nil
        answerPending(nil)
        runtime.statistics.stored(outcome.rows, drops: outcome.drops)
        if let identity = outcome.foreignIdentity {
            runtime.mailbox.adopt(identity, asOf: beginnings)
            if identity.changed > self.identity.changed { self.identity = identity }
        }
        // Taken up from a spool, the mailbox does not know it yet.
        if let identity = outcome.ownIdentity { runtime.mailbox.adopt(identity, asOf: beginnings) }
        if outcome.ownIdentity != nil || outcome.foreignIdentity != nil { runtime.writeIdentityFile() }
        runtime.uploader.clocks = writer.clocks
        if outcome.rows > 0 { runtime.uploader.stored(outcome.queued) }
    }

    /// Nothing leaves the spool before it is on the disk. Events in a store in memory
    /// stay in the spool until that store is empty.
    private func stored(upTo sequence: Int64) {
        guard runtime.gate.isInMemory else { return runtime.mailbox.stored(upTo: sequence) }
        inMemoryThrough = sequence
    }

    /// Gives up the spool of events that a store in memory has delivered.
    func releaseDelivered() {
        guard inMemoryThrough > 0, runtime.gate.isInMemory, hasNothingInMemory else { return }
        runtime.mailbox.stored(upTo: inMemoryThrough)
        inMemoryThrough = 0
    }

    /// Whether nothing is in a store in memory that would be lost with it.
    var hasNothingInMemory: Bool {
        guard runtime.gate.isInMemory else { return true }
        // A store in memory is always there to be read.
        let rows = try? runtime.gate.withStore { (store) throws(StoreError) in
            try store.counters.value(CounterTable.rows)
        }
        return rows == 0
    }

    func failed(_ error: StoreError) {
        let problem = FootfallError(
            .storeUnavailable, "events cannot be stored (\(error)); they are kept and it is tried again",
            underlying: error)
        lastError = problem
        runtime.statistics.storeBusy(error.isBusy)
        if !error.isBusy { runtime.report(problem) }
        // Busy: the five seconds of waiting are over, so at once.
        retryAt = error.isBusy ? 0 : clock.boot() + Duration.seconds(1).nanoseconds
        if !error.isBusy { answerPending(problem) }
        if let isClosing {
            // What is in the spool is adopted by the next start.
            end(isClosing, isStored: false)
        }
    }

    private func answerPending(_ problem: FootfallError?) {
        for reply in pendingReplies { reply.fulfil(problem) }
        pendingReplies = []
    }
}
