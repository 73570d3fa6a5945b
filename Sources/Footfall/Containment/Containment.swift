// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// Keeps a plugin in which processes die from killing the host again and again, and keeps the events that such a
/// plugin, or one of an unknown type, must see.
///
/// In a process that no unclean end came before, it does nothing. After one, it marks each call of a plugin
/// (``PluginMarker``), so that the next process knows in which plugin and at which record this one died. Two deaths
/// at one record: the record is held. Three deaths in one plugin soon after a start: the plugin is off.
///
/// It belongs to the pipeline's thread.
final class Containment {
    private unowned let runtime: Runtime
    private let runner: PluginRunner
    private let clock: SystemClock
    /// Nanoseconds since boot: when the client was made.
    private var begin: Int64
    private var token = UInt64.random(in: .min ... .max)
    private var deaths: [PluginDeaths] = []
    private var switches = PluginSwitches()
    private var quarantine = Quarantine()
    private var isAdopting = false
    private var isChild = false
    private let lived: HeldTime
    private let writer: HeldWriter
    // Replaced only in a forked child, before its threads start.
    private var gate = MarkGate()
    /// The number of the last event that has no record and was held.
    private var ownEvents: Int64 = 0
    /// What the host was told of.
    private var told: Set<String> = []
    /// Nanoseconds since boot.
    private var committedAt: Int64 = 0

    /// What every event waits for; `nil` when the events pass the chain.
    private(set) var hold: PluginSwitches.Hold?
    /// Marks the calls of plugins; `nil` unless an unclean end came before.
    private(set) var marker: PluginMarker?
    /// Whether calls are marked or events are held.
    private(set) var isActive = false

    /// For so long after its start a process marks its own calls, and a death counts as one soon after a start.
    static let period = Duration.seconds(60)
    /// A process that marks its calls commits as often as this, so that one that dies again and again gets on.
    private static let commitInterval = Duration.milliseconds(100).nanoseconds

    init(_ runtime: Runtime, runner: PluginRunner, creation: Moment) {
        self.runtime = runtime
        self.runner = runner
        clock = runtime.configuration.clock
        begin = creation.bootNanoseconds
        let lived = HeldTime(runtime)
        self.lived = lived
        writer = HeldWriter(runtime.directory, source: runtime.source, boot: clock.boot) { () throws(StoreError) in
            try lived.now()
        }
    }

    private var isCommand: Bool { runtime.configuration.role == .command }

    // MARK: - The start

    /// Before the first plugin is configured: looks whether a process of this source died, and in which plugin.
    func threadBegan() {
        guard runtime.mailboxUsesSpool, !runtime.configuration.isRehearsal else { return }
        // A forked child has the plugins of its parent, as they are.
        guard !isChild else { return }
        let directory = runtime.directory
        let file = PluginDeaths.file(of: runtime.source, in: directory)
        deaths = PluginDeaths.read(file)
        // After an opt-out nothing is left to be taken up. A plugin that is off stays off.
        if !isCommand, !runtime.isOptedOut,
            OrphanSpool.hasUncleanEnd(directory: directory.spools, source: runtime.source)
                || runtime.heldSources.contains(where: { OrphanSpool.hasMark(directory: directory.held, source: $0) })
        {
            findDeaths(file)
            beginMarking()
        }
        let now = clock.moment
        if !isCommand, !deaths.isEmpty {
            let recent = deaths.filter { $0.isRecent(at: now, notBefore: clock.notBefore) }.map(\.name)
            quarantine = Quarantine(directory, source: runtime.source, recent: Set(recent))
            markIfNeeded()
        }
        switches.off = Set(deaths.filter { $0.isOff(at: now, notBefore: clock.notBefore) }.map(\.name))
        runner.timeline.set(switches)
    }

    /// Makes strikes of the marks that dead processes left, and deaths of the plugins if they came soon after a start.
    private func findDeaths(_ file: String) {
        // They stay locked until their marks are strikes.
        let directory = runtime.directory
        let orphans =
            OrphanSpool.adoptMarked(directory: directory.spools, source: runtime.source)
            + runtime.heldSources.flatMap { OrphanSpool.adoptMarked(directory: directory.held, source: $0) }
        let files = orphans.compactMap(\.strikes)
        let marks = files.compactMap(\.current).filter { $0.age <= Self.period.nanoseconds }
        if !marks.isEmpty {
            do throws(StoreError) {
                try runtime.directory.createHeld()
                deaths = try PluginDeaths.change(file, of: runtime.source) { $0.add(marks, source: runtime.source) }
            } catch {
                _ = deaths.add(marks, source: runtime.source)
                runtime.report(
                    FootfallError(
                        .storeUnavailable, "a plugin in which the host died is not remembered (\(error))",
                        underlying: error))
            }
        }
        // A strike that cannot be written now is found by the adoption.
        for strikes in files { try? strikes.settle() }
        withExtendedLifetime(orphans) {}
    }

    private func beginMarking() {
        var own: StrikeFile?
        if let base = runtime.mailbox.makeSpool().map({ "\(runtime.directory.spools)/\($0)" }) {
            // On a full disk nothing is marked.
            own = try? StrikeFile(base)
        }
        set(PluginMarker(clock, gate, token: token, begin: begin, own: own))
    }

    /// Poison is told from other events by the marker.
    private func markIfNeeded() {
        if marker == nil, !quarantine.isEmpty { set(PluginMarker(clock, gate, token: token, begin: begin, own: nil)) }
    }

    private func endIfPossible() {
        if let marker, !marker.marksOwn, !isAdopting, quarantine.isEmpty { set(nil) }
    }

    private func set(_ marker: PluginMarker?) {
        self.marker = marker
        runner.timeline.set(marker)
        isActive = marker != nil || hold != nil
    }

    // MARK: - Plugins

    /// The chain has other plugins now.
    func chainChanged() {
        let plugins = runner.timeline.all.lazy.map(\.plugin)
        hold = switches.hold(plugins)
        runner.timeline.set(holdsEvents: hold != nil)
        isActive = marker != nil || hold != nil
    }

    /// Whether a plugin is called. The host is told of one that is not.
    func mayCall(_ plugin: any Plugin) -> Bool {
        guard switches.leavesOut(plugin) else { return true }
        let name = PluginMark.name(plugin.name)
        guard switches.isOff(plugin), told.insert("off \(name)").inserted else { return false }
        let until = deaths.first { $0.name == name }?.offUntil(at: clock.moment, notBefore: clock.notBefore)
        let what =
            plugin.onFailure == .hold ? "the events wait until it runs again" : "the events go on without it"
        runtime.report(
            FootfallError(
                .pluginOff,
                "\(plugin.name) is off until \(until?.description ?? "tomorrow"), since the host died in it three times soon after a start; \(what)"
            ))
        return false
    }

    /// Calls a plugin with a mark, if calls are marked.
    ///
    /// - Parameter kind: `nil` for what the plugins are called for already.
    func call<R>(_ plugin: any Plugin, _ kind: PluginMark.Kind? = nil, _ body: () -> R) -> R {
        endMarkingIfDue()
        guard let marker else { return body() }
        if let kind { marker.begin(kind) }
        marker.enter(plugin)
        let result = body()
        kind == nil ? marker.leave() : marker.end()
        return result
    }

    // MARK: - Records

    /// The plugins are called for a call of this process.
    func begin(call sequence: Int64) {
        endMarkingIfDue()
        marker?.begin(.record, sequence)
    }

    private func endMarkingIfDue() {
        guard let marker, marker.marksOwn, clock.boot() &- begin > Self.period.nanoseconds else { return }
        endMarkingOwn()
    }

    /// The plugins are called for a record of an adopted spool.
    func begin(record sequence: Int64, beside strikes: StrikeFile?) {
        guard let strikes else { return }
        isAdopting = true
        if marker == nil { set(PluginMarker(clock, gate, token: token, begin: begin, own: nil)) }
        marker?.begin(record: sequence, beside: strikes)
    }

    /// The file for deaths at the records that are taken up; `nil` on a full disk, and for the spool of a command,
    /// which no unclean end makes careful. Held events are taken up by each run of a command, so they are marked.
    func strikes(of orphan: OrphanSpool) -> StrikeFile? {
        guard !isCommand || orphan.header.held != nil, orphan.hasRecords else { return nil }
        do throws(StoreError) {
            let strikes = try orphan.makeStrikes()
            try strikes.settle()
            return strikes
        } catch {
            return orphan.strikes
        }
    }

    /// The plugins were called.
    func end() { marker?.end() }

    /// Whether what was processed so far should be committed.
    var isCommitDue: Bool {
        guard let marker, marker.marksOwn || isAdopting else { return false }
        return clock.boot() &- committedAt > Self.commitInterval
    }

    func committed() { committedAt = clock.boot() }

    /// Waits until the disk has what is held.
    func sync() { writer.sync() }

    /// Nanoseconds since boot: when ``sync()`` is due although no event comes.
    var syncDeadline: Int64 { writer.syncDeadline }

    /// The adoption is over: a process that does not mark its own calls marks none.
    func adoptionEnded() {
        isAdopting = false
        endIfPossible()
    }

    private func endMarkingOwn() {
        marker?.endOwn()
        endIfPossible()
    }

    // MARK: - Held events

    /// What an event has to wait for; `nil` when it passes the plugins. One that equals poison passes them without the
    /// plugin that it killed processes in, if that lets events pass.
    func hold(for call: borrowing QueuedCall) -> PluginSwitches.Hold? {
        guard case .event(let event, _) = copy call else { return hold }
        return hold(for: event)
    }

    private func hold(for event: borrowing Event) -> PluginSwitches.Hold? {
        if let hold { return hold }
        guard let marker, let name = quarantine.plugin(for: event) else { return nil }
        marker.leaveOut(name)
        let plugin = runner.timeline.all.first { PluginMark.name($0.plugin.name) == name }?.plugin
        return plugin?.onFailure == .hold ? PluginSwitches.Hold(plugin: name, reason: .off) : nil
    }

    /// Holds a call that has a record, or a number among this process's calls.
    ///
    /// - Returns: why it has to be dropped; `nil` when it is held.
    func hold(
        _ call: SpooledCall, sequence: Int64, of origin: HeldWriter.Origin, for hold: PluginSwitches.Hold
    ) throws(StoreError) -> DropReason? {
        let reason = try writer.write(call, sequence: sequence, of: origin, for: hold)
        guard case .event(let event) = call else { return reason }
        if hold.reason == .poison, !isCommand {
            quarantine.add(event, hold.plugin)
            markIfNeeded()
        }
        if reason == .tooLarge {
            runtime.report(EventSize.problem(event.event ?? event.name ?? event.type.rawValue))
        } else {
            tell(hold, isHeld: reason == nil)
        }
        return reason
    }

    /// Holds an event of a plugin, which has no record.
    ///
    /// - Returns: why it has to be dropped; `nil` when it is held.
    ///
    /// - Parameter erasure: The last erasure before the event.
    func hold(own event: Event, for hold: PluginSwitches.Hold, erasure: Int64) -> DropReason? {
        // Its time is measured since the boot that its file names.
        let boot = event.bootID ?? clock.bootID
        if isCommand, boot == clock.bootID {
            let now = clock.boot()
            let shared = HeldWriter.Origin(ofCommandAt: now, bootID: boot, erasure: erasure)
            do throws(StoreError) {
                return try self.hold(.event(event), sequence: now, of: shared, for: hold)
            } catch {
                // Another run may be using the file just now: then the event goes into one of this run.
            }
        }
        let process = NameHash.digits(token)
        let id = boot == clock.bootID ? "own-\(process)" : "own-\(process)-\(NameHash.digits(boot))"
        ownEvents += 1
        do throws(StoreError) {
            return try self.hold(
                .event(event), sequence: ownEvents,
                of: HeldWriter.Origin(id: id, bootID: boot, erasure: erasure), for: hold)
        } catch {
            _ = failed(error, "they are dropped, since they are in no spool")
            return .overflow
        }
    }

    /// Where the calls of this process come from.
    ///
    /// - Parameter erasure: The last erasure before them.
    func ownOrigin(_ erasure: Int64) -> HeldWriter.Origin {
        HeldWriter.Origin(
            id: runtime.mailbox.spoolID ?? "call-\(NameHash.digits(token))", bootID: clock.bootID, erasure: erasure)
    }

    /// An event cannot be held now. The host is told once.
    func failed(_ error: StoreError, _ effect: String = "it is tried again") -> FootfallError {
        let problem = FootfallError(
            .storeUnavailable, "events that have to wait for a plugin cannot be kept (\(error)); \(effect)",
            underlying: error)
        if told.insert(effect).inserted { runtime.report(problem) }
        return problem
    }

    private func tell(_ hold: PluginSwitches.Hold, isHeld: Bool) {
        guard told.insert("\(hold.reason) \(hold.plugin) \(isHeld)").inserted else { return }
        let why =
            switch hold.reason {
            case .poison, .retry:
                "the host died twice in \(hold.plugin) at it; footfall dead-letters retry runs it again"
            case .off: "it waits until \(hold.plugin) can be run again"
            case .unknown: "\(hold.plugin) is of a type that this program does not know; it waits for one that does"
            }
        runtime.report(
            isHeld
                ? FootfallError(.eventHeld, "an event was set aside: \(why)")
                : FootfallError(
                    .overflow, "events that wait for \(hold.plugin) have no more room: the newest are dropped"))
    }

    /// Whether the chain can run what is in a file of held events.
    func canRun(_ held: SpoolHeader.Held) -> Bool {
        guard hold == nil else { return false }
        switch held.reason {
        case .poison: return false
        case .retry: return !switches.off.contains(held.plugin)
        case .off, .unknown:
            if held.reason == .unknown, runner.timeline.declaredTypes.contains(held.plugin) { return true }
            return !quarantine.has(held.plugin)
                && runner.timeline.all.contains {
                    PluginMark.name($0.plugin.name) == held.plugin && !switches.leavesOut($0.plugin)
                }
        }
    }

    /// Whether held events are older than events may be.
    func isExpired(_ held: SpoolHeader.Held) -> Bool {
        // A store that cannot be read now is read by the next start.
        guard let now = try? lived.now() else { return false }
        return now - held.lived > runtime.configuration.storeLimits.age.nanoseconds / 1_000_000
    }

    /// The files of a spool are complete.
    func close(origin: String) { writer.close(origin: origin) }

    // MARK: - Ends

    /// The process ends in order, by exit(): what a plugin does meanwhile is no death in it. From any thread.
    func exit() { gate.exit() }

    /// What is held, and what is marked, comes before an erasure.
    func erased() {
        writer.closeAll()
        quarantine = Quarantine()
        if marker != nil { endMarkingOwn() }
    }

    /// The client is closed.
    func close() {
        writer.closeAll()
        if marker != nil { endMarkingOwn() }
    }

    /// In a forked child: the marks and the files are its parent's.
    func startAfreshInChild() {
        writer.drop()
        token = .random(in: .min ... .max)
        begin = clock.boot()
        isChild = true
        gate = MarkGate()
        ownEvents = 0
        isAdopting = false
        set(nil)
        markIfNeeded()
    }
}
