// SPDX-License-Identifier: MIT

/// A destination: its own chain, and how batches are delivered to it.
///
/// An event comes here when its `integrations` do not refuse ``key``. The
/// destination's own plugins (before → enrichment, then its hook for the type,
/// then after) see a copy; what they change is stored for this destination only.
/// They run once, on the pipeline's thread; delivering uses the ``Delivery``,
/// on the uploader's.
public protocol DestinationPlugin: EventPlugin {
    /// Its key in `integrations`.
    var key: String { get }
    /// What it is called in configuration, locks and `status`; its identity in the store.
    var name: String { get }
    /// Its own plugins.
    var timeline: Timeline { get }
    /// Whether its hooks (`track`, `identify` and so on) are called although it
    /// delivers what is stored. The default is false: a copy of each event costs
    /// more than storing it.
    var usesHooks: Bool { get }
    /// Whether it understands an event of the type `delete`: what ``Analytics/forget()``
    /// makes. The default is false.
    var takesDeletions: Bool { get }
    /// How it delivers; `nil` when its hooks do it all themselves and nothing
    /// is to be stored for it.
    func makeDelivery() -> (any Delivery)?
}

extension DestinationPlugin {
    public var type: PluginType { .destination }
    public var usesHooks: Bool { false }
    public var takesDeletions: Bool { false }

    /// Adds a plugin to the destination's own chain. Before the destination is
    /// added to the client, or from a plugin.
    public func add(plugin: any Plugin) { timeline.add(plugin, id: 0) }
}

/// A batch of stored events, their bodies as JSON.
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

    /// Goes through the bodies in order.
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

/// What one attempt knows besides its batch.
public struct DeliveryAttempt: Sendable {
    /// The time of this attempt: `sentAt`.
    public var sentAt: Timestamp
    /// How many attempts at this batch came before: `X-Retry-Count`.
    public var retryCount: Int

    public init(sentAt: Timestamp, retryCount: Int) {
        self.sentAt = sentAt
        self.retryCount = retryCount
    }

    /// What a request says of the attempt: `X-Retry-Count`, from the second attempt on.
    public var headers: [(name: String, value: String)] {
        retryCount > 0 ? [("X-Retry-Count", "\(retryCount)")] : []
    }
}

/// How a destination delivers. Its methods are called on the uploader's thread.
public protocol Delivery: Sendable {
    var limits: BatchLimits { get }
    /// Where it delivers to, if that is an address; it stays the same. When a device's
    /// clock cannot be believed, such a server is asked for the time first, by a HEAD
    /// request, provided that it is `https`. The default is `nil`.
    var address: String? { get }
    /// Begins an attempt: a request to be made, or, where no network is
    /// involved, the outcome.
    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep
    /// What an answer means. Only 2xx with the destination's own success shape
    /// is ``DeliveryOutcome/accepted``.
    func outcome(of response: DeliveryResponse) -> DeliveryOutcome
}

extension Delivery {
    public var address: String? { nil }
    public func outcome(of response: DeliveryResponse) -> DeliveryOutcome { DeliveryOutcome(status: response) }
}

/// What beginning an attempt led to.
public enum DeliveryStep: Sendable {
    case request(DeliveryRequest)
    /// Several requests; ``Delivery/outcome(of:)`` is not asked then.
    case plan(DeliveryPlan)
    case finished(DeliveryOutcome)
}
