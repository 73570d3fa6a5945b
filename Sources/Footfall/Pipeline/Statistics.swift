// SPDX-License-Identifier: MIT
import FootfallStore

/// Numbers of one client since it was made.
public struct Counters: Sendable, Equatable {
    /// Events in the store, session markers among them.
    public var stored: Int64 = 0
    /// Events that destinations took; one for each destination.
    public var delivered: Int64 = 0
    /// Events that were not stored or not kept, by reason.
    public var dropped: [DropReason: Int64] = [:]
    /// Requests that were answered with success.
    public var batches: Int64 = 0
    /// Bytes of their bodies before compression.
    public var bytesBeforeCompression: Int64 = 0
    /// Bytes of their bodies on the wire.
    public var bytesSent: Int64 = 0
    /// How often another process kept the store for more than five seconds.
    public var storeBusy: Int64 = 0

    init() {}
}

/// The numbers, guarded.
final class Statistics: @unchecked Sendable {
    private let lock = Lock()
    private var counters = Counters()
    private var sessionIDValue: Int64?

    var current: Counters { lock.withLock { counters } }

    var sessionID: Int64? {
        get { lock.withLock { sessionIDValue } }
        set { lock.withLock { sessionIDValue = newValue } }
    }

    func stored(_ count: Int, drops: [DropReason: Int64]) {
        lock.withLock {
            counters.stored += Int64(count)
            for (reason, count) in drops { counters.dropped[reason, default: 0] += count }
        }
    }

    func delivered(_ count: Int, bytes: Int, sent: Int) {
        lock.withLock {
            counters.delivered += Int64(count)
            counters.batches += 1
            counters.bytesBeforeCompression += Int64(bytes)
            counters.bytesSent += Int64(sent)
        }
    }

    func storeBusy(_ isBusy: Bool) { if isBusy { lock.withLock { counters.storeBusy += 1 } } }

    func reinitializeInChild() { lock.reinitialize() }
}
