// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

// What an opt-out, or a user who is forgotten, leaves to be removed.
extension Pipeline {
    /// Removes what was taken so far, here and in the store; deletion requests stay.
    func erase(visitCalls: Int) {
        dropTaken(visitCalls: visitCalls)
        eraseStore()
    }

    private func dropTaken(visitCalls: Int) {
        runner.countDrop(.optedOut, Int64(batch.items.count))
        emptyBatch()
        retryAt = nil
        identity = runtime.mailbox.installation
        batch.identity = identity
        followedErasure = runtime.consent.erasure
        self.visitCalls = visitCalls
        orphans = []
        runtime.mailbox.removeStaleSpools()
        timeline.forEachEventPlugin { $0.reset() }
    }

    /// When a step of an erasure is tried again.
    var eraseTime: Int64 { min(eraseAt, erasing.nextAttempt) }

    /// Does the steps of an erasure that are due.
    func goOnErasing(_ now: Int64) {
        if now >= eraseAt {
            writeOwedMark()
            eraseStore()
        }
        if now >= erasing.nextAttempt { wipe() }
    }

    /// Writes an opt-out that the directory did not take before.
    private func writeOwedMark() {
        guard runtime.consent.isMarkDue else { return }
        // The call reported the error; one that lasts is met again.
        try? runtime.consent.writeMark()
        if !runtime.consent.isMarkDue { runtime.uploader.touchWakeFile() }
    }

    /// The store and this process know different erasures. False if this cannot be mended now.
    func follow(_ erasure: Erasure.State) -> Bool {
        let own = runtime.consent.erasure
        if erasure.number > own {
            // Another program erased; events taken here are from before that.
            if runtime.sawErasure(erasure.number) == .adopted { followedErasure = erasure.number }
            return true
        }
        if eraseStore() { return true }
        retryAt = eraseAt
        if let isClosing { end(isClosing, isStored: false) }
        return false
    }

    /// Brings the directory and the store to the last erasure that this process knows
    /// of; false when that is to be tried again.
    @discardableResult
    func eraseStore() -> Bool {
        guard !runtime.configuration.isRehearsal else {
            eraseAt = .max
            return true
        }
        let number = runtime.consent.erasure
        do throws(StoreError) {
            try removeFiles(number)
        } catch {
            // Another user's directory is left whole.
            guard runtime.gate.isInMemory else { return isToBeErasedLater(error) }
        }
        guard access(runtime.directory.database, F_OK) == 0 || runtime.gate.isInMemory || !forgetRequests.isEmpty else {
            erased()
            return true
        }
        // Damage is met by the first try; the second is made on what was repaired.
        for attempt in 1...2 {
            do throws(StoreError) {
                let requests = try deletionRows()
                let count = try runtime.gate.withRoom { (store) throws(StoreError) in
                    try Erasure(number: number, deletionMark: Runtime.deletionMark).run(store, requests)
                }
                forgetRequests = []
                if count > 0 { runtime.statistics.stored(0, drops: [.optedOut: count]) }
                if let plugin = runner.transactionPlugin { reload(plugin) }
                removeDamaged()
                erased()
                wipe()
                if !requests.isEmpty { runtime.uploader.flush() }
                return true
            } catch {
                if error.isCorrupt, attempt == 1 { continue }
                return isToBeErasedLater(error)
            }
        }
        return false
    }

    /// Meanwhile nothing is sent or taken.
    private func isToBeErasedLater(_ error: StoreError) -> Bool {
        let problem = FootfallError(
            .storeUnavailable, "what is stored cannot be removed now (\(error)); it is tried again", underlying: error)
        lastError = problem
        runtime.report(problem)
        eraseAt = clock.boot() + Duration.seconds(1).nanoseconds
        return false
    }

    /// Removes the files beside the database, if the directory is there and this user's.
    private func removeFiles(_ number: Int64) throws(StoreError) {
        guard access(runtime.directory.path, F_OK) == 0 else { return }
        do throws(StoreError) {
            try runtime.directory.check()
        } catch {
            guard case .system(ENOENT) = error.kind else { throw error }
        }
        OrphanSpool.removeAll(directory: runtime.directory.spools, before: number)
        runtime.removeIdentityFile()
        removeDamaged()
    }

    private func erased() {
        eraseAt = runtime.consent.isMarkDue ? erasing.delayed(from: clock.boot()) : .max
        runtime.consent.erased()
        runtime.uploader.stored([:])
        runtime.uploader.touchWakeFile()
    }

    /// Writes the database anew without what was removed, and empties the -wal. A
    /// reader of another process hinders that for a while.
    private func wipe() {
        let number = runtime.consent.erasure
        // A fault of the store that lasts is met again.
        let isDone =
            (try? runtime.gate.withRoom { (store) throws(StoreError) in
                try Erasure(number: number, deletionMark: Runtime.deletionMark).wipe(store)
            }) ?? false
        erasing.attempted(isDone, at: clock.boot())
    }

    /// A transaction found that the store was not through the last erasure, or that
    /// something is still to be wiped.
    func found(_ erasure: Erasure.State) {
        if erasure.step != .done, erasing.nextAttempt == .max { erasing.begin(at: clock.boot()) }
    }

    /// A damaged store that was moved aside has events as well.
    private func removeDamaged() {
        for file in runtime.directory.damaged { unlink(file) }
    }

    /// The plugin's own copy is of what is gone.
    private func reload(_ plugin: any TransactionPlugin) {
        // Whatever is wrong now is met by the next transaction, which reads anew.
        try? runtime.gate.withStore { (store) throws(StoreError) in
            do {
                try plugin.begin(TransactionState(store))
                plugin.committed()
            } catch {
                throw (error as? StoreError) ?? StoreError(.system(0), "reading the session", "\(error)")
            }
        }
    }

    /// Removes what there is of the user, and stores a deletion request for the
    /// destinations that take one, in one transaction.
    func forget(_ request: JSONObject, visitCalls: Int) {
        dropTaken(visitCalls: visitCalls)
        forgetRequests.append(request)
        eraseStore()
    }

    /// The rows of the requests that are to be stored.
    private func deletionRows() throws(StoreError) -> [Erasure.Request] {
        guard !forgetRequests.isEmpty else { return [] }
        batch.reroute(try routes.renew(timeline.destinations))
        try routes.register(timeline.destinations)
        var wanted = Routes()
        for destination in timeline.destinations where destination.takesDeletions && destination.makeDelivery() != nil {
            guard let id = routes.row(of: destination.name) else {
                throw StoreError(
                    .system(EAGAIN), "storing a deletion request", "\(destination.name) has no row in the store yet")
            }
            wanted.insert(id)
        }
        guard !wanted.isEmpty else {
            runtime.report(
                FootfallError(
                    .deliveryFailed, "no destination of this program takes deletion requests; none was made"))
            forgetRequests = []
            return []
        }
        return forgetRequests.map { Erasure.Request(body: Array($0.text.utf8), routes: wanted) }
    }
}
