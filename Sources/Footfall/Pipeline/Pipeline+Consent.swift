// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

// What the user does not want to be recorded.
extension Pipeline {
    /// At the start while the user is opted out: removes what an opt-out left that
    /// was not finished. Mostly there is nothing, and nothing is written.
    func finishPurge() {
        purgeAt = .max
        let isThere = access(runtime.directory.database, F_OK) == 0
        // A store that cannot be read now is met by the purge, which is tried again.
        let isDone = isThere ? (try? runtime.gate.withStore(isPurged)) ?? false : true
        guard isDone, Listing.names(in: runtime.directory.spools).isEmpty else { return purge() }
        runtime.purgeDueFlag.store(false, ordering: .releasing)
    }

    private func isPurged(_ store: Store) throws(StoreError) -> Bool {
        guard try store.events.all(without: Runtime.deletionMark).isEmpty else { return false }
        return try store.connection.integer("SELECT count(*) FROM sessions") == 0
    }

    /// Removes everything that is stored or on its way; deletion requests stay.
    func purge() {
        emptyBatch()
        batch.identity = identity
        orphans = []
        OrphanSpool.removeAll(directory: runtime.directory.spools)
        runtime.mailbox.stored(upTo: taken)
        removeDamaged()
        guard access(runtime.directory.database, F_OK) == 0 || runtime.gate.isInMemory else { return purged() }
        // Damage is met by the first try; the second is made on what was repaired.
        for attempt in 1...2 {
            do throws(StoreError) {
                let count = try runtime.gate.withRoom(Self.purge)
                if count > 0 { runtime.statistics.stored(0, drops: [.optedOut: count]) }
                if let plugin = chain.transactionPlugin { reload(plugin) }
                removeDamaged()
                return purged()
            } catch {
                if error.isCorrupt, attempt == 1 { continue }
                let problem = FootfallError(
                    .storeUnavailable, "what is stored cannot be removed now (\(error)); it is tried again",
                    underlying: error)
                // Meanwhile nothing is sent or taken.
                lastError = problem
                runtime.report(problem)
                purgeAt = clock.boot() + Duration.seconds(1).nanoseconds
                return
            }
        }
    }

    private func purged() {
        purgeAt = .max
        runtime.purgeDueFlag.store(false, ordering: .releasing)
        runtime.uploader.stored([:])
        runtime.uploader.touchWakeFile()
    }

    /// Everything in the store but the counts and deletion requests; also what is
    /// left of it in free pages.
    static func purge(_ store: Store) throws(StoreError) -> Int64 {
        let count = try store.purge(keeping: Runtime.deletionMark)
        try store.transaction(.full) { (_) throws(StoreError) in
            try store.counters.add(count, to: CounterTable.droppedPrefix + DropReason.optedOut.rawValue)
            for key in Self.sessionKeys + [Identity.key] { try store.keyValue.set(key, nil) }
        }
        store.shrink()
        return count
    }

    /// A damaged store that was moved aside has events as well.
    private func removeDamaged() {
        for file in runtime.directory.damaged { unlink(file) }
    }

    /// What a session plugin keeps, but for what must not come again: the counts.
    private static let sessionKeys = [
        "analytics_session_id", "analytics_session_id.last_access", "analytics_session_id.state",
    ]

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

    /// Stores a deletion request for the destinations that take one, and removes
    /// what there is of the user.
    func forget(_ request: JSONObject) {
        guard commit() else {
            runtime.report(FootfallError(.storeUnavailable, "a deletion request cannot be stored now; ask again"))
            return
        }
        purge()
        do throws(StoreError) {
            try registerDestinations()
            var routes: Int64 = 0
            for destination in timeline.destinations where destination.takesDeletions {
                if let id = chain.rows[destination.name] { routes |= 1 << id }
            }
            guard routes != 0 else {
                runtime.report(
                    FootfallError(
                        .deliveryFailed, "no destination of this program takes deletion requests; none was made"))
                return
            }
            let body = Array(request.text.utf8)
            let queued = try runtime.gate.withStore { (store) throws(StoreError) in
                try store.transaction(.full) { (_) throws(StoreError) in
                    var rows = RowWriter(
                        store, now: try store.counters.value(CounterTable.lived),
                        nextID: max(try store.counters.value(CounterTable.nextEvent), 1))
                    try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                        try rows.add(body: bytes, routes: routes, priority: .critical, clock: 0, variants: [])
                    }
                    try rows.finish(drops: [:], spoolMarks: [])
                    return try rows.queued()
                }
            }
            runtime.uploader.stored(queued)
            runtime.uploader.flush()
        } catch {
            runtime.report(
                FootfallError(
                    .storeUnavailable, "a deletion request cannot be stored now (\(error))", underlying: error))
        }
    }
}
