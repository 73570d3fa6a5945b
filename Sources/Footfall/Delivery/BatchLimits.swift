// SPDX-License-Identifier: MIT

/// The largest batch that a destination takes.
public struct BatchLimits: Sendable {
    /// The greatest number of events.
    public var events: Int
    /// Bytes of the events before compression. A single event may be larger.
    public var bytes: Int

    /// Limits of at least one event and one byte.
    public init(events: Int, bytes: Int) {
        self.events = max(events, 1)
        self.bytes = max(bytes, 1)
    }

    /// 500 events and 475,000 bytes.
    ///
    /// Segment takes 2,500 events and 500 KB in a request: 25 KB are left for the rest of
    /// the body, and 500 events compress as well as 2,500.
    public static let segment = BatchLimits(events: 500, bytes: 475_000)
}
