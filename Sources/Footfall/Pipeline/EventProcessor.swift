// SPDX-License-Identifier: MIT
import FootfallStore

/// Runs calls through the plugins and adds what is left of them to the batch.
///
/// It belongs to the pipeline's thread.
final class EventProcessor {
    private unowned let runtime: Runtime
    private let runner: PluginRunner
    private let committer: Committer
    private let purge: Purge
    private let clocks: KnownClocks
    private let containment: Containment
    private let clock: SystemClock
    /// How many of the calls that change the visit were processed.
    private(set) var visitCalls = 0
    /// The last held call of this process by which the identity changed.
    private var followed: Int64 = 0

    init(
        _ runtime: Runtime, runner: PluginRunner, committer: Committer, purge: Purge, clocks: KnownClocks,
        containment: Containment
    ) {
        self.runtime = runtime
        self.runner = runner
        self.committer = committer
        self.purge = purge
        self.clocks = clocks
        self.containment = containment
        clock = runtime.configuration.clock
    }

    /// What is processed from here on comes after so many calls that change the visit.
    func beginAnew(visitCalls: Int) { self.visitCalls = visitCalls }

    // MARK: - Calls

    /// - Parameters:
    ///   - place: Its place among the events that a caller waits for.
    ///   - isAdopted: Whether it comes from the spool of another process.
    func process(
        _ event: consuming Event, _ closures: [EnrichmentClosure], place: Int? = nil, isAdopted: Bool = false
    ) {
        // The call came before the user opted out, or from a program that had not heard of it.
        guard !runtime.isOptedOut else {
            runner.countDrop(.optedOut)
            if let place { committer.reject(place, .optedOut) }
            return
        }
        if containment.isActive, let hold = containment.hold { return self.hold(own: event, for: hold, place) }
        clocks.correct(&event)
        // An earlier process's identify does not undo a later one.
        if !isAdopted || committer.isLatest(event.identityChanged ?? event.timestamp) { committer.follow(event) }
        do throws(PluginRunner.Dropped) {
            committer.add(try runner.prepare(event, closures), place: place)
        } catch {
            if let place { committer.reject(place, error.reason) }
        }
    }

    /// - Parameter isPoison: Whether processes died in a plugin at it: then no plugin hears of it.
    func process(_ reset: Reset, isAdopted: Bool = false, isPoison: Bool = false) {
        if !isAdopted || committer.isLatest(reset.changed) { committer.follow(reset) }
        if !isAdopted { visitCalls += 1 }
        if !isPoison {
            runner.timeline.forEachEventPlugin { plugin in containment.call(plugin) { plugin.reset() } }
            runner.observers.noteReset()
        }
        committer.add(.reset(reset.moment))
    }

    /// - Parameter calls: How many calls changed the visit, with this one; `nil` for one more.
    func process(_ call: VisitCall, calls: Int?) {
        visitCalls = calls ?? visitCalls + 1
        processAdopted(call)
    }

    /// A call of another process does not count among those of this one.
    func processAdopted(_ call: VisitCall) {
        guard runner.transactionPlugin != nil, !runtime.isOptedOut else { return runtime.mailbox.forgetVisitor() }
        var call = call
        call.moment = clocks.corrected(call.moment)
        committer.add(.visit(call))
    }

    func process(_ change: ApplicationChange, at moment: Moment) {
        if change == .willTerminate { runtime.watch.storeNumbersNow() }
        runner.timeline.forEachApplicationPlugin { plugin in
            process(own: containment.call(plugin, .call) { plugin.application(change, at: moment) })
        }
        guard runner.transactionPlugin?.judgesApplication == true, !runtime.isOptedOut, runner.isEnabled,
            containment.hold == nil
        else { return }
        committer.add(.application(change, clocks.corrected(moment)))
    }

    func process(_ request: SessionRequest, at moment: Moment) {
        // A marker of the session would pass a plugin by that events wait for.
        guard runner.transactionPlugin != nil, !runtime.isOptedOut, containment.hold == nil else { return }
        let identity = runtime.mailbox.installation
        committer.add(
            .session(
                request, clocks.corrected(moment), anonymousId: identity.anonymousId, userId: identity.userId))
    }

    // MARK: - Plugins

    /// Events that a plugin made on this thread. They go past the mailbox, so that no later
    /// call comes before them.
    func process(own events: [Event]) {
        guard runner.isEnabled else {
            if !events.isEmpty { runtime.statistics.count(stored: 0, drops: [.disabled: Int64(events.count)]) }
            return
        }
        for event in runtime.mailbox.stamp(own: events) { processOwn(event) }
    }

    private func processOwn(_ event: consuming Event) {
        containment.marker?.begin(.event)
        process(event, [])
        containment.marker?.end()
    }

    // MARK: - Held events

    /// Holds a call about the user that has a record, or a number among the calls of this process.
    ///
    /// What the call changes at once, such as the identity, is changed. Sessions and visits follow when it is taken up.
    ///
    /// - Parameters:
    ///   - call: When it cannot be held now, it is as the next attempt needs it.
    ///   - origin: `nil` for a call of this process.
    /// - Returns: false for a call that is to be processed.
    func hold(
        _ call: inout QueuedCall, sequence: Int64, of origin: HeldWriter.Origin?, for hold: PluginSwitches.Hold
    ) throws(StoreError) -> Bool {
        guard call.isRecord, !runtime.isOptedOut else { return false }
        // The command that removes the rest is on its way.
        guard !purge.isBehind else {
            runner.countDrop(runtime.consent.dropReason)
            return true
        }
        let place = origin ?? containment.ownOrigin(purge.followed)
        switch call {
        case .event(let event, let closures):
            try self.hold(event, closures, &call, sequence, of: place, for: hold, isAdopted: origin != nil)
        case .reset(let reset):
            try containment.hold(.reset(reset), sequence: sequence, of: place, for: hold).map { runner.countDrop($0) }
            if origin == nil || committer.isLatest(reset.changed) { committer.follow(reset) }
            runner.timeline.forEachEventPlugin { plugin in containment.call(plugin) { plugin.reset() } }
            runner.observers.noteReset()
        case .visit(let visit, _):
            guard runner.transactionPlugin != nil else { return false }
            try containment.hold(.visit(visit), sequence: sequence, of: place, for: hold).map { runner.countDrop($0) }
        case .command, .moved: return false
        }
        return true
    }

    private func hold(
        _ event: Event, _ closures: [EnrichmentClosure], _ call: inout QueuedCall, _ sequence: Int64,
        of origin: HeldWriter.Origin, for hold: PluginSwitches.Hold, isAdopted: Bool
    ) throws(StoreError) {
        var event = event
        // The identity changes with the call, before its closures, and once though it is tried again.
        if isAdopted {
            if committer.isLatest(event.identityChanged ?? event.timestamp) { committer.follow(event) }
        } else if sequence != followed {
            committer.follow(event)
            followed = sequence
        }
        // A closure cannot be kept.
        for closure in closures where closure(&event) == .drop { return runner.countDrop(.plugin) }
        if !closures.isEmpty { call = .event(event, []) }
        if let reason = try containment.hold(.event(event), sequence: sequence, of: origin, for: hold) {
            runner.countDrop(reason)
        }
    }

    private func hold(own event: consuming Event, for hold: PluginSwitches.Hold, _ place: Int?) {
        guard !purge.isBehind else {
            runner.countDrop(runtime.consent.dropReason)
            if let place { committer.reject(place, runtime.consent.dropReason) }
            return
        }
        let reason = containment.hold(own: event, for: hold, erasure: purge.followed)
        if let reason { runner.countDrop(reason) }
        if let place { committer.reject(place, reason ?? .held) }
    }

    /// Lets the session plugin see what is over by now.
    func timePassed() {
        guard runner.transactionPlugin != nil, !runtime.configuration.isRehearsal, !runtime.isOptedOut,
            runner.isEnabled
        else { return }
        // A marker of the session would pass a plugin by that events wait for.
        guard containment.hold == nil else { return }
        committer.add(.time(clocks.corrected(clock.moment)))
    }

    /// Calls the plugins whose time is reached.
    func callTimers() {
        let now = clock.moment
        runner.timeline.forEachTimerPlugin { plugin in
            guard plugin.nextTime <= now.bootNanoseconds else { return }
            process(own: containment.call(plugin, .call) { plugin.timeReached(at: now) })
            if plugin === runner.transactionPlugin { timePassed() }
        }
        committer.commit()
        // A transaction may show that the session is not over.
        runner.timeline.lookAtTimers()
    }

    /// Calls a plugin whose descriptor can be read.
    func callDescriptor(of plugin: any DescriptorPlugin) {
        let now = clock.moment
        process(own: containment.call(plugin, .call) { plugin.descriptorIsReady(at: now) })
        if plugin === runner.transactionPlugin { timePassed() }
        committer.commit(durably: plugin.wantsSync)
        plugin.stored()
    }

    /// Adds the events of a plugin's start to the batch.
    ///
    /// - Returns: false when the stored values that it needs cannot be read now.
    func start(_ plugin: any StartPlugin, at moment: Moment) -> Bool {
        do throws(StoreError) {
            let keys = plugin.storedKeys
            let values = try runtime.store.withStore { (store) throws(StoreError) in
                var values: [String: String] = [:]
                for key in keys { values[key] = try store.keyValue.text(key) }
                return values
            }
            let start = containment.call(plugin, .start) { plugin.start(values, at: moment) }
            // The callers' identity may be that of a call that comes behind the start.
            let identity = committer.currentIdentity
            for event in start.events {
                var event = event
                event.isAutomatic = true
                if event.anonymousId.isEmpty { event.anonymousId = identity.anonymousId }
                event.userId = event.userId ?? identity.userId
                processOwn(event)
            }
            committer.set(start.values)
            committer.whenStored { [runner] in if !runner.position.isShut { plugin.started() } }
            return true
        } catch {
            // Without what was stored before, the plugin would make wrong events.
            committer.failed(error)
            return false
        }
    }
}
