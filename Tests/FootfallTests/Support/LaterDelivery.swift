// SPDX-License-Identifier: MIT
import Footfall
import TestSupport

/// A delivery whose attempts the test finishes.
final class LaterDelivery: Delivery {
    struct Attempt: Sendable {
        let pending: PendingDelivery
        let numbers: [Int64]
        let retryCount: Int
    }

    let limits = BatchLimits.segment
    let address: String?
    private let limit: Duration
    /// Raised at each attempt.
    let begun = Signal()
    private let kept = Guarded<[Attempt]>([])

    init(limit: Duration = .seconds(60), address: String? = nil) {
        self.limit = limit
        self.address = address
    }

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var numbers: [Int64] = []
        batch.forEach { body in
            // What is no event of the test has no number, which the test notices.
            let event = (try? JSONParser.parse(body))?.objectValue
            numbers.append(event?["properties"]?.objectValue?["n"]?.intValue ?? -1)
        }
        let pending = PendingDelivery(limit: limit)
        let begun = Attempt(pending: pending, numbers: numbers, retryCount: attempt.retryCount)
        kept.read { $0.append(begun) }
        self.begun.raise()
        return .later(pending)
    }

    /// What was begun and is not released.
    var attempts: [Attempt] { kept.current }

    /// Waits for the next attempt.
    func attempt() -> Attempt? { begun.wait() ? attempts.last : nil }

    /// Lets go of everything that was begun.
    func release() { kept.read { $0 = [] } }

    /// A new destination `later` with this delivery.
    var destination: LaterDestination { LaterDestination(self) }
}

/// A destination with a ``LaterDelivery``.
final class LaterDestination: DestinationPlugin {
    let name = "later"
    let key = "later"
    let timeline = Timeline()
    let usesHooks = false
    private let delivery: LaterDelivery

    init(_ delivery: LaterDelivery) { self.delivery = delivery }

    func makeDelivery() -> (any Delivery)? { delivery }
}
