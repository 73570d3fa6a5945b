// SPDX-License-Identifier: MIT

/// What a client did since it was made.
public struct Counters: Sendable, Equatable {
    /// Events that were stored, including session markers.
    public var stored: Int64 = 0
    /// Events that destinations accepted, counted once for each destination.
    public var delivered: Int64 = 0
    /// Events that were not stored or not kept, by reason.
    public var dropped: [DropReason: Int64] = [:]
    /// Requests that a server answered with success.
    public var batches: Int64 = 0
    /// Bytes of those requests' bodies before compression.
    public var bytesBeforeCompression: Int64 = 0
    /// Bytes of those requests' bodies on the wire.
    public var bytesSent: Int64 = 0
    /// How often a ``ThrowingPlugin`` threw.
    public var pluginErrors: Int64 = 0
    /// How often another process kept the store locked for more than five seconds.
    public var storeBusy: Int64 = 0

    init() {}
}
