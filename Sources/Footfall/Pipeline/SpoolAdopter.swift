// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// Stores what the spools of ended processes hold.
///
/// Invariant: a spool is removed only when its events are in a store on the disk, or come
/// before an erasure. One that cannot be stored now keeps its lock, so that no other
/// process adopts it.
///
/// It belongs to the pipeline's thread.
final class SpoolAdopter {
    private unowned let runtime: Runtime
    private let runner: PluginRunner
    private let processor: EventProcessor
    private let committer: Committer
    private let containment: Containment
    private let clock: SystemClock

    /// What waits to be taken up: spools of ended processes, and files of held events.
    private var orphans: [OrphanSpool] = []
    /// Nanoseconds since boot: when to look for orphaned spools if no call arrives.
    private(set) var nextLook = Int64.max
    /// In a forked child: the parent's spool, which is adopted when the parent has ended,
    /// and the time until the next look in nanoseconds.
    private var parent: (id: String, delay: Int64)?
    private var hasLookedAtTime = false

    init(
        _ runtime: Runtime, runner: PluginRunner, processor: EventProcessor, committer: Committer,
        containment: Containment
    ) {
        self.runtime = runtime
        self.runner = runner
        self.processor = processor
        self.committer = committer
        self.containment = containment
        clock = runtime.configuration.clock
    }

    /// Whether a spool waits until a failed batch is stored.
    var isWaiting: Bool { !orphans.isEmpty }

    /// In a forked child the search for the parent's spool begins.
    func threadBegan() {
        if parent != nil { nextLook = clock.boot() + Limits.linger.nanoseconds }
    }

    /// Adopts the spools of ended processes: before the first event of this process, and
    /// behind its plugins, which see those events as they see its own. In a forked child
    /// again, until the parent's spool is among them.
    func run() {
        runtime.pipeline.assertOnPipelineThread()
        guard mayAdopt() else { return }
        if orphans.isEmpty {
            nextLook = .max
            // Held events are older than what lies in spools.
            orphans = held()
            if runtime.mailboxUsesSpool {
                orphans += OrphanSpool.adoptAll(directory: runtime.directory.spools, source: runtime.source)
            }
        }
        guard adoptAll() else { return }
        // Files whose spool was still there.
        orphans = held()
        guard adoptAll() else { return }
        containment.adoptionEnded()
        lookForParentAgain()
        lookAtTime()
    }

    private func adoptAll() -> Bool {
        while let orphan = orphans.first {
            guard adopt(orphan) else { return false }
            orphans.removeFirst()
        }
        return true
    }

    /// The client has another plugin, which held events may have waited for.
    func chainChanged() {
        if orphans.isEmpty, !held().isEmpty { nextLook = .min }
    }

    /// The files of held events that the chain can run, or that are too old. One whose spool is still there waits:
    /// the spool may have the same records.
    private func held() -> [OrphanSpool] {
        let directory = runtime.directory
        guard !StateDirectory.isMissing(directory.held) else { return [] }
        return runtime.heldSources.flatMap { source in
            OrphanSpool.adoptAll(directory: directory.held, source: source) { header in
                guard let held = header.held, !OrphanSpool.isThere(held.origin, in: directory.spools),
                    !OrphanSpool.isThere(held.origin, in: directory.held)
                else { return false }
                return containment.canRun(held) || containment.isExpired(held)
            }
        }
    }

    /// The spools come before an erasure.
    func dropAll() { orphans = [] }

    /// - Parameter id: The parent's spool; `nil` when it has none.
    func startAfreshInChild(parentSpool id: String?) {
        orphans = []
        nextLook = .max
        parent = id.map { ($0, Limits.linger.nanoseconds) }
    }

    /// Not under DO_NOT_TRACK, and not before it is known whether the user opted out: what
    /// others called is not dropped because this process must be silent.
    private func mayAdopt() -> Bool {
        if runtime.consent.isUnknown { runtime.lookAtConsent() }
        guard runtime.isSilent || runtime.consent.isUnknown else { return true }
        nextLook = runtime.isSilent ? .max : clock.boot() + Limits.linger.nanoseconds
        return false
    }

    /// Once, behind what earlier processes left: the session that is open in the store may
    /// be over by now. A command's one event shows that as well.
    private func lookAtTime() {
        guard !hasLookedAtTime else { return }
        hasLookedAtTime = true
        guard runtime.configuration.role != .command, access(runtime.directory.database, F_OK) == 0 else { return }
        processor.timePassed()
        committer.commit()
    }

    private func lookForParentAgain() {
        guard let (id, delay) = parent else { return }
        guard OrphanSpool.isThere(id, in: runtime.directory.spools) else {
            parent = nil
            return
        }
        nextLook = clock.boot() + delay
        parent = (id, min(delay * 2, Limits.longestParentLook.nanoseconds))
    }

    /// Stores what is in a spool behind its watermark; false when that must be tried again.
    private func adopt(_ orphan: OrphanSpool) -> Bool {
        let watermark: Int64
        do throws(StoreError) {
            watermark = try runtime.store.withStore { (store) throws(StoreError) in
                try store.spools.last(of: orphan.id)
            }
        } catch {
            committer.failed(error)
            return false
        }
        if let erasure = orphan.header.erasure, erasure < runtime.consent.erasure { return discard(orphan) }
        // A store in memory would be lost with this process.
        guard !runtime.store.isInMemory else { return true }
        var isStored = true
        do throws(StoreError) {
            let records = try AdoptedRecords(orphan, in: runtime, containment)
            var unheld: StoreError?
            let damaged = try orphan.forEach(after: watermark) { sequence, payload in
                guard isStored, unheld == nil, !runtime.gate.isShut else { return }
                do throws(StoreError) {
                    try take(EventRecord.read(payload, bootID: orphan.header.bootID), sequence, records)
                } catch {
                    unheld = error
                    return
                }
                committer.reachedRecord(sequence, ofSpool: orphan.id)
                if committer.isLargeEnough || containment.isCommitDue { isStored = commit() }
            }
            containment.close(origin: orphan.id)
            if let unheld { return postpone(unheld) }
            runner.countDrop(.damaged, Int64(damaged))
            guard isStored, commit() else { return false }
            try orphan.removeRecords()
            try runtime.store.withStore { (store) throws(StoreError) in
                try store.transaction { (_) throws(StoreError) in try store.spools.remove(orphan.id) }
            }
            orphan.remove()
        } catch {
            runtime.report(
                FootfallError(
                    .storeUnavailable, "the spool of an earlier process is kept for later (\(error))", underlying: error
                ))
            // What was read of it must be stored before another process may look.
            return isStored && committer.commit().isStored
        }
        return true
    }

    private func commit() -> Bool {
        defer { containment.committed() }
        return committer.commit().isStored
    }

    /// An event cannot be held now: it stays in its spool, with all behind it.
    private func postpone(_ error: StoreError) -> Bool {
        _ = containment.failed(error)
        nextLook = clock.boot() + Limits.linger.nanoseconds
        _ = committer.commit()
        return false
    }

    /// Takes up one record: it passes the plugins, or leaves the chain.
    private func take(_ call: SpooledCall?, _ sequence: Int64, _ records: AdoptedRecords) throws(StoreError) {
        switch (call, records.fate(of: sequence)) {
        case (nil, _): runner.countDrop(.damaged)
        case (_, .held): break
        case (_, .expired): runner.countDrop(.expired)
        case (.event(let event), let fate):
            containment.begin(record: sequence, beside: records.strikes)
            defer { containment.end() }
            if try isHeld(.event(event, []), fate.hold, sequence, records) { return }
            processor.process(event, [], isAdopted: true)
        case (.reset(let reset), let fate):
            containment.begin(record: sequence, beside: records.strikes)
            defer { containment.end() }
            if try isHeld(.reset(reset), nil, sequence, records) { return }
            processor.process(reset, isAdopted: true, isPoison: fate.hold?.reason == .poison)
        case (.visit(let call), _):
            if try isHeld(.visit(call, calls: nil), nil, sequence, records) { return }
            processor.processAdopted(call)
        }
    }

    /// Holds a call if it has to wait.
    ///
    /// - Parameter fate: What the record of the call waits for by itself.
    private func isHeld(
        _ call: consuming QueuedCall, _ fate: PluginSwitches.Hold?, _ sequence: Int64, _ records: AdoptedRecords
    ) throws(StoreError) -> Bool {
        guard let hold = fate ?? containment.hold(for: call) else { return false }
        var call = call
        return try processor.hold(&call, sequence: sequence, of: records.origin, for: hold)
    }

    /// Drops a spool from before the last erasure: its process ended without hearing of that.
    private func discard(_ orphan: OrphanSpool) -> Bool {
        var count: Int64 = 0
        do throws(StoreError) {
            _ = try orphan.forEach(after: 0) { _, _ in count += 1 }
            try orphan.removeRecords()
        } catch {
            runtime.report(
                FootfallError(
                    .storeUnavailable, "the spool of an earlier process cannot be removed now (\(error))",
                    underlying: error))
            return false
        }
        runner.countDrop(runtime.consent.dropReason, count)
        orphan.remove()
        return true
    }
}
