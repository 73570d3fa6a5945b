// SPDX-License-Identifier: MIT

/// How a destination turns a batch into requests and reads the answers.
///
/// - **Thread**: all methods are called on the uploader's thread, which serves
///   every destination of the client: do not wait in them. A destination that has to wait does so on a
///   thread of its own, and returns ``DeliveryStep/later(_:)``.
/// - **Order**: a destination has one batch at a time. Batches come in the order
///   in which their events were stored; the next is made when the one before is
///   done with.
/// - **Retries**: a batch that was not accepted is offered again, perhaps split or
///   after a restart, so an event may arrive twice. Its `messageId` stays the same.
/// - **Errors**: nothing is thrown; ``DeliveryOutcome`` says what happens next.
public protocol Delivery: Sendable {
    /// The largest batch that the destination takes.
    var limits: BatchLimits { get }
    /// The address that is delivered to, if there is one; it never changes.
    ///
    /// A server with an `https` address is asked for the time, by a HEAD request,
    /// when the device's clock is in doubt. While ``NetworkUse`` forbids requests, a delivery with an
    /// address is not begun. One without an address is begun; when it returns a request, that is not
    /// made, and from then on it waits for the network as well. The default is `nil`.
    var address: String? { get }
    /// Whether each event gets `_metadata`, which names the other destinations that the device
    /// delivers to. Segment needs it, so as not to deliver to them again.
    ///
    /// `_metadata.bundled` has the keys of all destinations of the store that have a delivery, in
    /// any process. It is put in when a batch is read and counts for
    /// ``BatchLimits/bytes``; the stored event does not grow. It is left out where there is no other
    /// destination, from events that have a `_metadata`, from deletion requests, and from events
    /// that would be larger than 32 KiB with it. The default is false.
    var addsMetadata: Bool { get }
    /// Begins an attempt to deliver a batch.
    ///
    /// The request that it returns may not be made: see ``address``. The batch is offered again then.
    ///
    /// - Returns: a request to be made, the outcome where no network is involved, or
    ///   ``DeliveryStep/later(_:)`` where another thread finishes the attempt.
    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep
    /// Says what the answer to a ``DeliveryStep/request(_:)`` means.
    ///
    /// Return ``DeliveryOutcome/accepted`` only for a 2xx answer that has the
    /// server's own shape: the login page of a hotel's network is a 200 too. The
    /// default looks at the status only, by ``DeliveryOutcome/init(status:)``.
    func outcome(of response: DeliveryResponse) -> DeliveryOutcome
}

extension Delivery {
    /// No address.
    public var address: String? { nil }
    /// False.
    public var addsMetadata: Bool { false }
    /// Judges the answer by its status; see ``DeliveryOutcome/init(status:)``.
    public func outcome(of response: DeliveryResponse) -> DeliveryOutcome { DeliveryOutcome(status: response) }
}

/// What ``Delivery/begin(_:_:)`` wants done.
public enum DeliveryStep: Sendable {
    /// Make this request, then ask ``Delivery/outcome(of:)`` about the answer.
    case request(DeliveryRequest)
    /// Make several requests, one after another; each part reads its own answer.
    case plan(DeliveryPlan)
    /// The attempt is over already.
    case finished(DeliveryOutcome)
    /// Another thread finishes the attempt; see ``PendingDelivery``. Other destinations are served
    /// meanwhile; this one is offered no other batch.
    case later(PendingDelivery)
}

extension DeliveryBatch {
    /// The events as one body, with `separator` between them.
    public func joined(separator: String) -> [UInt8] {
        var joined: [UInt8] = []
        forEach { event in
            if !joined.isEmpty { joined += separator.utf8 }
            joined += event
        }
        return joined
    }
}
