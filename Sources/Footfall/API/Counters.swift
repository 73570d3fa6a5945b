// SPDX-License-Identifier: MIT

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
