// SPDX-License-Identifier: MIT

/// A place that events are delivered to.
///
/// A destination takes every event whose `integrations` do not refuse its
/// ``key``. Plugins of its own (``timeline``) see a copy of the event; what they
/// change is stored for this destination only.
///
/// - **Thread**: the plugin's methods run on the pipeline's thread, in the order of the
///   calls. The ``Delivery`` that it makes runs on the uploader's thread.
/// - **Hooks**: `track`, `identify` and so on. Without a delivery they get an event once it is stored,
///   at most once. With a delivery and ``usesHooks`` they get it before it is stored, and change
///   what is stored for this destination; see ``usesHooks``.
/// - **Time**: events are stored before they are delivered. A slow or absent
///   server delays nothing but its own deliveries.
/// - **Errors**: neither can throw. A plugin reports problems with
///   ``Analytics/report(_:)``; a delivery returns a ``DeliveryOutcome``.
///
/// ```swift
/// final class Audit: DestinationPlugin {
///     let key = "Audit"
///     let name = "audit"
///     let timeline = Timeline()
///     let usesHooks = false
///     func makeDelivery() -> (any Delivery)? { AuditDelivery() }
/// }
///
/// struct AuditDelivery: Delivery {
///     let limits = BatchLimits(events: 100, bytes: 100_000)
///     func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
///         .request(DeliveryRequest(url: "https://example.com/audit", body: batch.joined(separator: "\n")))
///     }
/// }
/// ```
public protocol DestinationPlugin: EventPlugin {
    /// The destination's key in `integrations`, as `Segment.io`.
    var key: String { get }
    /// The destination's identity in the store, in configuration files and in
    /// `footfall status`. Two destinations of one client need two names.
    var name: String { get }
    /// The destination's own plugins.
    var timeline: Timeline { get }
    /// Whether `track`, `identify` and so on are called although ``makeDelivery()``
    /// returns a delivery.
    ///
    /// They are called in the chain then, behind the destination's own plugins and before the event
    /// is stored: what they change is stored for this destination, and an event that they drop is not.
    /// If the process dies before the event is stored, the next process calls them again for it.
    ///
    /// Say false unless you implement one of them: each event must be copied for them, which
    /// costs more than storing it. Without a delivery they are always called.
    var usesHooks: Bool { get }
    /// Whether the destination understands the request to delete a user that
    /// ``Analytics/forget()`` makes: an event of type `delete`.
    ///
    /// The default is false: the destination is not sent such requests.
    var takesDeletions: Bool { get }
    /// Makes what delivers stored events. Called once, when the plugin is added.
    ///
    /// A host may replace it; see ``replaceDelivery(_:)``. With a delivery, `track`, `identify` and so
    /// on are called only if ``usesHooks`` is true, and then before the event is stored.
    ///
    /// - Returns: `nil` when `track`, `identify` and so on deliver by themselves. They are
    ///   called once the event's transaction is stored, in the stored order, at most once: a
    ///   process that dies in between does not call them again. Nothing is stored for the
    ///   destination.
    func makeDelivery() -> (any Delivery)?
}

extension DestinationPlugin {
    /// A destination's place in the chain.
    public var type: PluginType { .destination }
    /// False.
    public var takesDeletions: Bool { false }

    /// Adds a plugin to the destination's own chain.
    ///
    /// The client configures and shuts it down as it does its own, and
    /// ``Analytics/findAll(_:)`` finds it. Call it before the destination is added to the
    /// client, or on the client's pipeline thread, as in ``Plugin/configure(analytics:)``.
    public func add(plugin: any Plugin) { timeline.add(plugin) }
}

/// Stored events on their way to a destination, each a JSON object in UTF-8.
public struct DeliveryBatch: Sendable {
    /// The bodies, one behind the other.
    let bytes: [UInt8]
    let ranges: [Range<Int>]
    let ids: [Int64]
    /// How often stored events had been moved in time when it was read.
    var clockCorrections: Int64 = 0
    /// Whether a deletion request is among them.
    var hasDeletion = false

    /// How many events there are; at least one.
    public var count: Int { ranges.count }

    /// Appends the bodies to a buffer, with `separator` between them.
    package func append(to buffer: inout ByteBuffer, separator: UInt8) {
        bytes.withUnsafeBufferPointer { bytes in
            buffer.reserve(bytes.count + ranges.count)
            for (index, range) in ranges.enumerated() {
                if index > 0 { buffer.append(separator) }
                buffer.append(UnsafeBufferPointer(rebasing: bytes[range]))
            }
        }
    }

    /// Calls `body` with each event in order. The pointer is valid inside `body` only.
    public func forEach<E: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> Void) throws(E) {
        for range in ranges {
            try bytes.withUnsafeBufferPointer { (bytes) throws(E) in
                try body(UnsafeBufferPointer(rebasing: bytes[range]))
            }
        }
    }

    /// A batch of these bodies, for tests of destinations.
    public init(bodies: [String]) {
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for body in bodies {
            let begin = bytes.count
            bytes.append(contentsOf: body.utf8)
            ranges.append(begin..<bytes.count)
        }
        self.init(bytes: bytes, ranges: ranges, ids: Array(1...max(Int64(bodies.count), 1)))
    }

    init(bytes: [UInt8], ranges: [Range<Int>], ids: [Int64]) {
        self.bytes = bytes
        self.ranges = ranges
        self.ids = ids
    }
}

/// One attempt to deliver a batch.
public struct DeliveryAttempt: Sendable {
    /// The time of this attempt, for a body's `sentAt`.
    public var sentAt: Timestamp
    /// How many attempts at this batch were made before, for `X-Retry-Count`.
    public var retryCount: Int

    /// An attempt, for tests of a ``Delivery``.
    public init(sentAt: Timestamp, retryCount: Int) {
        self.sentAt = sentAt
        self.retryCount = retryCount
    }

    /// What a request says of the attempt: `X-Retry-Count`, from the second attempt on.
    public var headers: [(name: String, value: String)] {
        retryCount > 0 ? [("X-Retry-Count", "\(retryCount)")] : []
    }
}
