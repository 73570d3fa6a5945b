// SPDX-License-Identifier: MIT
import FootfallStore

/// The numbers of a client, from any thread.
final class Statistics: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock:
    private var counters = Counters()
    private var sessionIdValue: Int64?
    private var lastEventValue: Int64?

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

    func reinitializeInChild() { lock.reinitialize() }
}
