// SPDX-License-Identifier: MIT
import FootfallStore

/// The numbers of a client, from any thread.
final class Statistics: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock:
    private var counters = Counters()
    private var sessionIdValue: Int64?
    private var lastEventValue: Int64?
    private var unstoredEvents = 0
    private var storedEvents = 0

    var current: Counters { lock.withLock { counters } }

    var sessionId: Int64? {
        get { lock.withLock { sessionIdValue } }
        set { lock.withLock { sessionIdValue = newValue } }
    }

    /// The row of the event, or of the deletion request, that this process stored last.
    var lastEvent: Int64? {
        get { lock.withLock { lastEventValue } }
        set { lock.withLock { lastEventValue = newValue } }
    }

    /// How many events wait: those that the pipeline has and that are not stored, and those in the
    /// store, as this process saw it last.
    var pending: Int { lock.withLock { unstoredEvents + storedEvents } }

    /// The pipeline took events from the mailbox.
    func took(_ events: Int) { lock.withLock { unstoredEvents += events } }

    /// Events of the pipeline are stored; `nil` for all that it took.
    func settled(_ events: Int?) { lock.withLock { unstoredEvents = events.map { max(unstoredEvents - $0, 0) } ?? 0 } }

    /// So many events wait in the store.
    func storeHas(_ events: Int) { lock.withLock { storedEvents = events } }

    func count(stored count: Int, drops: [DropReason: Int64]) {
        lock.withLock {
            counters.stored += Int64(count)
            for (reason, count) in drops { counters.dropped[reason, default: 0] += count }
        }
    }

    func count(delivered count: Int, bytes: Int, sent: Int) {
        lock.withLock {
            counters.delivered += Int64(count)
            counters.batches += 1
            counters.bytesBeforeCompression += Int64(bytes)
            counters.bytesSent += Int64(sent)
        }
    }

    func countPluginError() { lock.withLock { counters.pluginErrors += 1 } }

    func storeBusy(_ isBusy: Bool) { if isBusy { lock.withLock { counters.storeBusy += 1 } } }

    /// In a forked child: what the pipeline took is its parent's.
    func reinitializeInChild() {
        lock.reinitialize()
        unstoredEvents = 0
    }
}
