// SPDX-License-Identifier: MIT
import FootfallStore

/// The events that wait in the store, for the host: how many there are, and their removal.
///
/// ``purge()`` belongs to the pipeline's thread.
struct Backlog {
    private unowned let runtime: Runtime

    init(_ runtime: Runtime) { self.runtime = runtime }

    private var hasStore: Bool {
        runtime.store.isOpen || !StateDirectory.isMissing(runtime.directory.database)
    }

    /// Learns how many events wait. On the pipeline's thread, or the uploader's.
    func look() {
        // A command asks for no number, and ends sooner without one.
        guard runtime.configuration.role != .command, hasStore, !runtime.isSilent,
            !runtime.configuration.isRehearsal
        else { return }
        // A store that cannot be read now is read by the next commit.
        let count = try? runtime.store.withStore { (store) throws(StoreError) in try store.waitingEvents() }
        if let count { runtime.statistics.storeHas(count) }
    }

    /// Removes the events that wait. What was called before must be stored.
    func purge() {
        guard hasStore, !runtime.configuration.isRehearsal else { return }
        do throws(StoreError) {
            let (count, left, queued) = try runtime.store.withRoom { (store) throws(StoreError) in
                try store.transaction { (_) throws(StoreError) in
                    let count = try store.dropWaiting()
                    try store.counters.add(count, to: CounterTable.droppedPrefix + DropReason.purged.rawValue)
                    var queued: [Int64: Int64] = [:]
                    for row in try store.destinations.all() { queued[row.id] = row.queued }
                    return (count, try store.waitingEvents(), queued)
                }
            }
            runtime.statistics.count(stored: 0, drops: count > 0 ? [.purged: count] : [:])
            runtime.statistics.storeHas(left)
            runtime.pipeline.runner.outcomes.erased([], .purged)
            // The batch that is under way has no events any more.
            runtime.uploader.giveUpRequests()
            runtime.uploader.eventsWait(queued)
        } catch {
            runtime.report(
                FootfallError(
                    .storeUnavailable, "the events that wait cannot be removed now (\(error)); purge them again",
                    underlying: error))
        }
    }
}
