// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// What an opt-out, or a user who is forgotten, leaves to be removed from the directory
/// and the store.
///
/// Invariant: while something is to be removed, it is tried again until it is gone, and
/// no event from before the erasure is stored.
///
/// It belongs to the pipeline's thread.
final class Purge {
    private unowned let runtime: Runtime
    private let runner: PluginRunner
    private let routes: DestinationRoutes
    private let clock: SystemClock

    /// The erasure before the events that are processed now.
    private(set) var followed: Int64
    /// Nanoseconds since boot: when the store is brought to the last erasure; `Int64.max`
    /// when it is there.
    private(set) var eraseAt: Int64
    /// When free pages and the -wal are wiped.
    private var wiping = ErasureRetry()
    /// Deletion requests that are not in the store yet.
    private var requests: [JSONObject] = []
    /// Whether the host heard that no destination takes `requests`: an erasure that fails is
    /// tried again, and the host hears of it once.
    private var hasReportedUntaken = false
    /// Told of the next erasure that is done.
    private var replies: [Reply<ErasureReport>] = []
    /// Why the last attempt failed.
    private(set) var problem: FootfallError?

    init(_ runtime: Runtime, runner: PluginRunner, routes: DestinationRoutes) {
        self.runtime = runtime
        self.runner = runner
        self.routes = routes
        clock = runtime.configuration.clock
        followed = runtime.consent.erasure
        // The process that opted out may have died before it removed everything.
        eraseAt = runtime.consent.isEraseDue ? .min : .max
    }

    /// Nanoseconds since boot: when a step is due.
    var nextAttempt: Int64 { min(eraseAt, wiping.nextAttempt) }

    /// Whether all deletion requests are in the store.
    var hasNoRequests: Bool { requests.isEmpty }

    /// The events that are processed from here on come after the last erasure.
    func followConsent() { followed = runtime.consent.erasure }

    /// Whether there was an erasure that this process has yet to follow: what it processes comes before that.
    var isBehind: Bool { runtime.consent.erasure != followed }

    /// Asks the destinations to delete what they have of the user.
    ///
    /// - Parameter reply: Told of what was removed, once it is.
    func add(_ request: JSONObject, _ reply: Reply<ErasureReport>?) {
        requests.append(request)
        hasReportedUntaken = false
        if let reply { replies.append(reply) }
    }

    /// Wipes what was removed, at once.
    func beginWiping() { wiping.begin(at: clock.boot()) }

    /// A transaction found that the store is not through the last erasure, or that
    /// something is still to be wiped.
    func found(_ erasure: Erasure.State) {
        if erasure.step != .done, wiping.nextAttempt == .max { beginWiping() }
    }

    /// In a forked child: its parent does what it was asked for.
    func startAfreshInChild() {
        followConsent()
        requests = []
        replies = []
        eraseAt = .max
        wiping = ErasureRetry()
    }

    // MARK: - Steps

    /// Does the steps that are due.
    func run(_ now: Int64) {
        if now >= eraseAt {
            writeOwedMark()
            erase()
        }
        if now >= wiping.nextAttempt { wipe() }
    }

    /// The store and this process know different erasures; false if that cannot be mended now.
    func follow(_ erasure: Erasure.State) -> Bool {
        guard erasure.number > runtime.consent.erasure else { return erase() }
        // Another program erased: events that were processed here are from before that.
        if runtime.sawErasure(erasure.number) == .adopted { followed = erasure.number }
        return true
    }

    /// Brings the directory and the store to the last erasure that this process knows of;
    /// false when that is tried again later.
    @discardableResult
    func erase() -> Bool {
        runtime.pipeline.assertOnPipelineThread()
        guard !runtime.configuration.isRehearsal else {
            eraseAt = .max
            answer(ErasureReport())
            return true
        }
        let number = runtime.consent.erasure
        do throws(StoreError) {
            try removeFiles(number)
        } catch {
            // Another user's directory is left whole.
            guard runtime.store.isInMemory else { return retryLater(error) }
        }
        // An open store keeps its rows, and the number of its last erasure, though its file was removed.
        guard !isMissing(runtime.directory.database) || runtime.store.isOpen || !requests.isEmpty else {
            erased()
            answer(ErasureReport())
            return true
        }
        // Damage is met by the first try; the second is made on what was repaired.
        for attempt in 1...2 {
            do throws(StoreError) {
                try eraseRows(number)
                return true
            } catch {
                if error.isCorrupt, attempt == 1 { continue }
                return retryLater(error)
            }
        }
        return false
    }

    private func eraseRows(_ number: Int64) throws(StoreError) {
        var report = ErasureReport()
        let rows = try requestRows(&report)
        let reason = requests.isEmpty ? runtime.consent.dropReason : .forgotten
        // What was stored before is erased.
        var request: Int64?
        let removal = try runtime.store.withRoom { (store) throws(StoreError) in
            try Erasure(number: number, reason: reason).run(store, rows) { request = $0 }
        }
        runtime.statistics.lastEvent = request
        requests = []
        if removal.isNews, removal.events > 0 { runtime.statistics.count(stored: 0, drops: [reason: removal.events]) }
        (report.events, report.deadLetters) = (removal.events, removal.deadLetters)
        answer(report)
        if let plugin = runner.transactionPlugin { reload(plugin) }
        runner.observers.tell()
        removeDamaged()
        erased()
        wipe()
        if !rows.isEmpty { runtime.uploader.flush() }
    }

    private func answer(_ report: ErasureReport) {
        for reply in replies { reply.fulfil(report) }
        replies = []
    }

    /// Meanwhile nothing is sent or stored.
    private func retryLater(_ error: StoreError) -> Bool {
        let problem = FootfallError(
            .storeUnavailable, "what is stored cannot be removed now (\(error)); it is tried again", underlying: error)
        self.problem = problem
        runtime.report(problem)
        eraseAt = clock.boot() + Limits.storeRetry.nanoseconds
        return false
    }

    /// Writes an opt-out that the directory did not take before.
    private func writeOwedMark() {
        guard runtime.consent.isMarkDue else { return }
        // The call reported the error; one that lasts is met again.
        try? runtime.consent.writeMark()
        if !runtime.consent.isMarkDue { runtime.uploader.touchWakeFile() }
    }

    /// Removes the files beside the database, if the directory is there and this user's.
    private func removeFiles(_ number: Int64) throws(StoreError) {
        guard !isMissing(runtime.directory.path) else { return }
        do throws(StoreError) {
            try runtime.directory.check()
        } catch {
            guard case .system(ENOENT) = error.kind else { throw error }
        }
        OrphanSpool.removeAll(directory: runtime.directory.spools, before: number)
        HeldFile.removeAll(directory: runtime.directory.held, before: number)
        runtime.removeIdentityFile()
        removeDamaged()
    }

    /// Whether there is nothing to be removed at a path. What cannot be seen may be there.
    private func isMissing(_ path: String) -> Bool {
        // A plain file in the place of the directory has no events either.
        [ENOENT, ENOTDIR].contains(StateDirectory.lookError(path))
    }

    private func erased() {
        eraseAt = runtime.consent.isMarkDue ? wiping.delayed(from: clock.boot()) : .max
        problem = nil
        runtime.consent.erased()
        runtime.statistics.storeHas(0)
        runtime.uploader.eventsWait([:])
        runtime.uploader.touchWakeFile()
    }

    /// Writes the database anew without what was removed, and empties the -wal. A reader
    /// of another process hinders that for a while.
    private func wipe() {
        let number = runtime.consent.erasure
        // A fault of the store that lasts is met again.
        let isDone =
            (try? runtime.store.withRoom { (store) throws(StoreError) in
                try Erasure(number: number).wipe(store)
            }) ?? false
        wiping.attempted(isDone, at: clock.boot())
    }

    /// A damaged store that was moved aside has events as well.
    private func removeDamaged() {
        for file in runtime.directory.damaged { unlink(file) }
    }

    /// The plugin's own copy of the session is of the user who is gone.
    private func reload(_ plugin: any TransactionPlugin) {
        // Whatever is wrong now is met by the next transaction, which reads anew.
        try? runtime.store.withStore { (store) throws(StoreError) in
            try StoreError.rethrowing {
                try plugin.begin(TransactionState(store))
                plugin.committed()
            }
        }
    }

    /// The rows of the deletion requests, for the destinations that understand one. The requests
    /// stay until the erasure is done: if it fails, the next attempt makes the same report.
    ///
    /// - Parameter report: Gets the names of the destinations.
    private func requestRows(_ report: inout ErasureReport) throws(StoreError) -> [Erasure.Request] {
        guard !requests.isEmpty else { return [] }
        let destinations = runner.timeline.destinations
        try routes.renew(destinations)
        try routes.register(destinations)
        var wanted = Routes()
        for destination in destinations where destination.chosenDelivery != nil {
            guard destination.takesDeletions else {
                report.unsupported.append(destination.name)
                continue
            }
            guard let id = routes.row(of: destination.name) else {
                throw StoreError(
                    .system(EAGAIN), "storing a deletion request", "\(destination.name) has no row in the store yet")
            }
            wanted.insert(id)
            report.requested.append(destination.name)
        }
        guard !wanted.isEmpty else {
            guard !hasReportedUntaken else { return [] }
            hasReportedUntaken = true
            let names = report.unsupported.isEmpty ? "" : " (\(report.unsupported.joined(separator: ", ")))"
            runtime.report(
                FootfallError(
                    .deliveryFailed,
                    "no destination of this program takes deletion requests\(names): the user's data is removed from "
                        + "this device only"))
            return []
        }
        return requests.map { Erasure.Request(body: Array($0.text.utf8), routes: wanted) }
    }
}
