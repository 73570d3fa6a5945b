// SPDX-License-Identifier: MIT
import FootfallStore

/// The events that a store in memory has and that are not delivered: until then they stay in
/// the spool, since the store is lost with the process.
///
/// It belongs to the pipeline's thread.
final class MemoryBacklog {
    private unowned let runtime: Runtime
    /// The last call that the store has; 0 when it has none.
    private var last: Int64 = 0

    init(_ runtime: Runtime) { self.runtime = runtime }

    /// The store has everything up to this call.
    func stored(through sequence: Int64) { last = sequence }

    /// Gives up the spool of what is delivered.
    func releaseDelivered() {
        guard last > 0, runtime.store.isInMemory, isEmpty else { return }
        runtime.mailbox.removeSpooled(upTo: last)
        last = 0
    }

    /// Whether no event is in a store in memory, where it would be lost with the process.
    var isEmpty: Bool {
        guard runtime.store.isInMemory else { return true }
        // A store in memory is always there to be read.
        let rows = try? runtime.store.withStore { (store) throws(StoreError) in
            try store.counters.value(CounterTable.rows)
        }
        return rows == 0
    }
}
