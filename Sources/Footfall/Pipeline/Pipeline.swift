// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import FootfallStore
import Glibc

/// The pipeline's thread: takes the calls from the mailbox, round by round, has them
/// processed and committed, and does what is due in between.
///
/// It holds ``work`` unless it sleeps. Everything that it owns belongs to its thread.
final class Pipeline {
    let work = WorkLock()
    let runner: PluginRunner
    unowned let runtime: Runtime
    private let clock: SystemClock
    let clocks: KnownClocks
    let writer: BatchWriter
    let purge: Purge
    let committer: Committer
    private let processor: EventProcessor
    private let adopter: SpoolAdopter
    let installer: PluginInstaller
    let containment: Containment

    /// The calls that are processed now.
    private var round: RoundReader?
    private var spare: [Mailbox.Entry] = []
    /// Nanoseconds since boot: how long a caller whose thread runs the pipeline waits.
    private var callerDeadline = Int64.max
    private var closing: Reply<Bool>?
    private var isEnded = false

    init(_ runtime: Runtime, identity: Identity, context: JSONObject, creation: Moment) {
        self.runtime = runtime
        clock = runtime.configuration.clock
        let routes = DestinationRoutes(runtime)
        let runner = PluginRunner(
            context: context, routes: routes, position: runtime.watch.position, storages: PluginStorages(runtime),
            observers: ChangeObservers(runtime), outcomes: EventOutcomes(runtime),
            report: { [unowned runtime] in runtime.report($0) },
            failed: { [unowned runtime] plugin, error in runtime.pluginFailed(plugin, error) })
        self.runner = runner
        clocks = KnownClocks(storedBy: runtime)
        writer = BatchWriter(
            clock: clock, clocks: clocks, source: runtime.source, storages: runner.storages, gate: runtime.gate
        ) {
            runner.prepare(planned: $0)
        }
        purge = Purge(runtime, runner: runner, routes: routes)
        committer = Committer(
            runtime, identity: identity, runner: runner, routes: routes, purge: purge, writer: writer)
        containment = Containment(runtime, runner: runner, creation: creation)
        processor = EventProcessor(
            runtime, runner: runner, committer: committer, purge: purge, clocks: clocks, containment: containment)
        adopter = SpoolAdopter(
            runtime, runner: runner, processor: processor, committer: committer, containment: containment)
        installer = PluginInstaller(
            runtime, runner: runner, routes: routes, processor: processor, committer: committer, adopter: adopter,
            containment: containment, creation: creation)
    }

    /// The plugins of the client.
    var timeline: Timeline { runner.timeline }

    /// How many of the calls that change the visit were processed.
    var visitCalls: Int { processor.visitCalls }

    // MARK: - The thread

    /// Runs until the client is closed.
    func run() {
        work.enter()
        containment.threadBegan()
        adopter.threadBegan()
        installer.threadBegan(at: clock.boot())
        while let deadline = runUntilIdle() {
            let poller = runtime.mailbox.poller
            poller.unwatchAll()
            for (_, plugin) in timeline.descriptorPlugins where isServed(plugin) { poller.watch(plugin.descriptor) }
            work.leave()
            poller.wait(until: deadline)
            work.enter()
            callDescriptors()
        }
        work.leave()
    }

    /// Runs on the calling thread until something is done, at most so long.
    func run(for limit: Duration, until isDone: () -> Bool) {
        callerDeadline = clock.boot() + limit.nanoseconds
        while let deadline = turn(), !isDone(), clock.boot() < callerDeadline {
            runtime.mailbox.poller.wait(until: min(deadline, callerDeadline))
        }
    }

    private func turn() -> Int64? {
        work.enter()
        defer { work.leave() }
        return runUntilIdle()
    }

    /// In debug builds: traps unless the calling thread runs the pipeline, be it the pipeline's
    /// own or that of a caller in ``run(for:until:)``.
    func assertOnPipelineThread() { work.assertHeld() }

    /// Nanoseconds since boot: when something is due if no call comes.
    private var deadline: Int64 {
        if let retryAt = committer.retryAt { return retryAt }
        return min(
            runtime.mailbox.nextLook(), committer.syncDeadline, containment.syncDeadline, adopter.nextLook,
            installer.startsAt, nextTimer, purge.nextAttempt)
    }

    /// Nanoseconds since boot: when a plugin wants to be called.
    private var nextTimer: Int64 { installer.hasStarted && runner.isEnabled ? timeline.nextTime : .max }

    /// Does what is due.
    ///
    /// - Returns: until when nothing is due; `nil` when the thread is to end.
    private func runUntilIdle() -> Int64? {
        defer { runtime.watch.end() }
        while !isEnded, callerDeadline == .max || clock.boot() < callerDeadline {
            guard !runtime.gate.isShut else {
                abandon()
                return nil
            }
            let deadline = deadline
            let now = clock.boot()
            if deadline > now, !hasSessionTurn(deadline) {
                committer.tidy()
                return deadline
            }
            runtime.watch.begin(at: now)
            // First the erasure: the next events come after it.
            purge.run(now)
            runRound()
            if now >= containment.syncDeadline { containment.sync() }
            if now >= installer.startsAt { isReady ? installer.start() : installer.deliverBeforeStart() }
            if now >= nextTimer, isReady { processor.callTimers() }
            if now >= adopter.nextLook, isReady { adopter.run() }
            // So that fork gets its turn.
            work.leave()
            work.enter()
        }
        return nil
    }

    /// Whether no batch waits to be tried again.
    private var isReady: Bool { committer.retryAt == nil && !isEnded }

    /// Whether the first event that waits turns the session: it is stored at once.
    private func hasSessionTurn(_ deadline: Int64) -> Bool {
        guard deadline != .max, committer.retryAt == nil, let plugin = runner.transactionPlugin,
            let event = runtime.mailbox.firstEvent
        else { return false }
        return plugin.isTurn(.event(event))
    }

    // MARK: - Rounds

    /// Processes and stores everything that was called so far.
    private func runRound() {
        assertOnPipelineThread()
        if committer.retryAt != nil, !retry() { return }
        // What is held passes no transaction that looks.
        if containment.hold != nil { runtime.lookAtConsent() }
        if round == nil {
            let taken = runtime.mailbox.takeRound(spare: spare)
            spare = []
            for (reason, count) in taken.drops { runner.countDrop(reason, count) }
            runtime.statistics.took(taken.events)
            round = RoundReader(taken, bootID: clock.bootID)
        }
        while let next = round?.next() {
            if installer.awaitsStart, next.call.isBehindStart { installer.start() }
            committer.reachedCall(next.sequence)
            guard next.sequence > runtime.mailbox.erasedThrough || !next.call.isRecord else {
                // The call came before the user opted out, or was forgotten.
                runner.countDrop(runtime.consent.dropReason)
                continue
            }
            guard containment.isActive else {
                process(next.call)
                if committer.isLargeEnough, !commit().isStored { return }
                if isEnded || runtime.gate.isShut { return }
                continue
            }
            guard processContained(next.call, next.sequence), !isEnded, !runtime.gate.isShut else { return }
        }
        endRound()
    }

    /// Processes a call while the calls of plugins are marked, or events are held. False when the round must wait.
    private func processContained(_ next: QueuedCall, _ sequence: Int64) -> Bool {
        var call = next
        containment.begin(call: sequence)
        do throws(StoreError) {
            if let hold = containment.hold(for: call),
                try processor.hold(&call, sequence: sequence, of: nil, for: hold)
            {
                containment.end()
                return true
            }
        } catch {
            // The event stays in its spool, and what follows waits with it.
            round?.putBack(sequence, call)
            committer.reachedCall(sequence - 1)
            commit()
            let problem = containment.failed(error)
            committer.failed(error)
            for command in runtime.mailbox.takeUrgent() { run(command, whileRefused: problem) }
            return false
        }
        process(call)
        containment.end()
        guard committer.isLargeEnough || containment.isCommitDue else { return true }
        containment.committed()
        return commit().isStored
    }

    private func endRound() {
        guard let finished = round else { return }
        // An erasure may have taken the place of the retry that they waited for.
        if committer.retryAt == nil { installer.startWaiting() }
        installer.endedRound()
        committer.reachedCall(finished.last)
        if finished.damaged > 0 { runner.countDrop(.damaged, finished.damaged) }
        round = nil
        spare = finished.takeSpare()
        if commit().isStored { runtime.statistics.settled(nil) }
        timeline.lookAtTimers()
    }

    /// Tries a batch again that could not be stored; false when it cannot be now either.
    private func retry() -> Bool {
        committer.beginRetry()
        switch commit() {
        case .stored, .full:
            if adopter.isWaiting { adopter.run() }
            installer.startWaiting()
            return true
        // Another process has the store: that passes.
        case .busy: return false
        case .failed(let problem):
            for command in runtime.mailbox.takeUrgent() { run(command, whileRefused: problem) }
            return false
        }
    }

    private func process(_ call: consuming QueuedCall) {
        switch consume call {
        case .event(let event, let closures): processor.process(event, closures)
        case .reset(let reset): processor.process(reset)
        case .visit(let call, let calls): processor.process(call, calls: calls)
        case .command(let command): run(command)
        case .moved: break
        }
    }

    /// Stores the batch; a client that is being closed ends when that fails: its calls are
    /// in its spool, which the next start adopts.
    @discardableResult
    func commit(durably: Bool = false) -> CommitResult {
        let result = committer.commit(durably: durably)
        if result.isStored { round?.stored() }
        if !result.isStored, let closing, !isEnded { end(closing, isStored: false) }
        return result
    }

    // MARK: - Plugins

    /// Before the client's start no plugin is called. While the store refuses a batch, only
    /// plugins are called that never return events.
    private func isServed(_ plugin: any DescriptorPlugin) -> Bool {
        installer.hasStarted && (committer.retryAt == nil || plugin.storesNothing)
    }

    private func callDescriptors() {
        for (id, plugin) in timeline.descriptorPlugins
        where isServed(plugin) && ftf_wait_readable_for(plugin.descriptor, 0) == 1 {
            runtime.watch.begin(at: clock.boot())
            runner.position.inside(id) { processor.callDescriptor(of: plugin) }
        }
        timeline.lookAtTimers()
    }

    // MARK: - Commands

    func run(_ command: Command) {
        switch command {
        case .add(let plugin, let id, let addition): installer.add(plugin, id: id, addition)
        case .remove(let id): installer.remove(id: id)
        case .application(let change, let moment): processor.process(change, at: moment)
        case .session(let request, let moment): processor.process(request, at: moment)
        case .clockConfirmed(let offset): confirmClock(offset)
        case .look: if hasStore { processor.timePassed() }
        case .wipe: purge.beginWiping()
        case .erase(let visitCalls): erase(visitCalls: visitCalls)
        case .forget(let request, let visitCalls, let reply):
            purge.add(request, reply)
            erase(visitCalls: visitCalls)
        case .settingsChanged: followSettings()
        case .integration(let key, let isEnabled): runner.set(key, isEnabled: isEnabled)
        case .purge: purgeBacklog()
        case .inspect(_, let body): body(timeline)
        case .flush(let reply, let delivers): flush(reply, delivers: delivers)
        case .store(let events, let mayEvict, let values, let reply):
            reply.fulfil(
                committer.commit(mayEvict: mayEvict, for: reply) {
                    committer.set(values)
                    for (place, event) in events.enumerated() { processor.process(event, [], place: place) }
                })
        case .rehearse(let event, let reply):
            reply.fulfil(rehearse(event))
        case .close(let reply):
            closing = reply
            processor.process(.willTerminate, at: clock.moment)
            if commit(durably: true).isStored {
                storeLastNumbers()
                end(reply, isStored: true)
            }
        }
    }

    /// Removes what was called so far, here and in the store. Deletion requests stay.
    private func erase(visitCalls: Int) {
        let identity = runtime.mailbox.installation
        committer.drop(beginningAnewWith: identity)
        purge.followConsent()
        processor.beginAnew(visitCalls: visitCalls)
        adopter.dropAll()
        containment.erased()
        runtime.mailbox.removeStaleSpools()
        timeline.forEachEventPlugin { $0.reset() }
        purge.erase()
        runner.observers.erased(identity)
    }

    // MARK: - The end, and fork

    /// Ends without another call of the host's code: the time of a close is over. What is not stored stays in the
    /// spool for the next start.
    private func abandon() {
        let left = (round.map { Array($0.left) } ?? []) + runtime.mailbox.take { _ in true }
        let unspooled = left.filter { !$0.isSpooled }
        let lost = (round?.unspooled ?? 0) + runtime.mailbox.spool(unspooled)
        runtime.statistics.count(stored: 0, drops: lost > 0 ? [.closed: Int64(lost)] : [:])
        round = nil
        for command in left.compactMap(\.command) {
            if case .close(let reply) = command { closing = reply }
            leaveUndone(command)
        }
        end(closing ?? Reply(), isStored: false)
    }

    /// - Parameter isStored: Whether everything that was called is in the store.
    func end(_ reply: Reply<Bool>, isStored: Bool) {
        runner.outcomes.ended()
        // Otherwise the next process has to finish the wiping.
        if purge.nextAttempt != .max { purge.run(.max - 1) }
        for link in timeline.all {
            (link.plugin as? any DestinationPlugin)?.timeline.detach()
            (link.plugin as? TerminationSignals)?.shutdown()  // Always: no signal is swallowed from here on.
            guard containment.mayCall(link.plugin) else { continue }
            runner.position.inside(link.id) { link.plugin.shutdown() }
        }
        if isStored { committer.storeLastValues() }
        runtime.watch.close()
        containment.close()
        isEnded = true
        committer.memory.releaseDelivered()
        let id = runtime.mailbox.spoolID
        let isEmpty = runtime.mailbox.removeSpool()
        if isEmpty, let id {
            // A mark that stays is only a row too many.
            try? runtime.store.withStore { (store) throws(StoreError) in
                try store.transaction { (_) throws(StoreError) in try store.spools.remove(id) }
            }
        }
        reply.fulfil(isEmpty && isStored && purge.hasNoRequests && committer.memory.isEmpty)
    }

    /// In a forked child: the calls that were taken are its parent's, but for the plugins
    /// that were about to be added, which are returned.
    func startAfreshInChild() -> [Mailbox.Entry] {
        var registrations: [Mailbox.Entry] = []
        while let next = round?.next() {
            if next.call.isRegistration { registrations.append(Mailbox.Entry(sequence: 0, call: next.call)) }
        }
        round = nil
        isEnded = false
        committer.startAfreshInChild(runtime.mailbox.inherited.identity)
        purge.startAfreshInChild()
        processor.beginAnew(visitCalls: runtime.mailbox.inherited.visitCalls)
        adopter.startAfreshInChild(parentSpool: runtime.mailbox.inherited.spoolID)
        installer.startAfreshInChild()
        containment.startAfreshInChild()
        return registrations
    }
}
