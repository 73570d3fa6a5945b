// SPDX-License-Identifier: MIT
import Footfall

/// A destination that keeps what it is given, for tests.
///
/// ```swift
/// let destination = InMemoryDestination()
/// let analytics = Analytics(configuration: configuration, plugins: [AddStore(), destination])
/// analytics.track(name: "Order Completed")
/// _ = analytics.flush(timeout: .seconds(10))
/// print(destination.events)
/// ```
///
/// It accepts every event. ``events`` may be read from any thread.
public final class InMemoryDestination: DestinationPlugin, @unchecked Sendable {
    /// The key in `integrations`.
    public let key: String
    /// The identity in the store.
    public let name: String
    /// The destination's own plugins. It belongs to the pipeline's thread, see `Timeline`.
    public let timeline = Timeline()
    /// Its events are delivered from the store.
    public let usesHooks = false
    private let taken = Guarded<[JSONObject]>([])

    /// A destination without events.
    public init(key: String = "Memory", name: String = "memory") {
        self.key = key
        self.name = name
    }

    /// What was delivered, in the order of delivery: each event as it would be sent.
    public var events: [JSONObject] { taken.current }

    /// True: requests to delete a user are among the events.
    public var takesDeletions: Bool { true }

    /// Keeps the events.
    public func makeDelivery() -> (any Delivery)? { Taking(taken: taken) }

    private struct Taking: Delivery {
        let limits = BatchLimits.segment
        let taken: Guarded<[JSONObject]>

        func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
            var events: [JSONObject] = []
            var place = 0
            var verdicts = DeliveryVerdicts()
            batch.forEach { body in
                // Only a damaged store gives what is no JSON object.
                if let object = try? JSONParser.parse(body).objectValue {
                    events.append(object)
                } else {
                    verdicts.refused[place] = "the stored event is no JSON object"
                }
                place += 1
            }
            taken.read { $0 += events }
            guard !verdicts.refused.isEmpty else { return .finished(.accepted) }
            verdicts.delivered = Set(0..<batch.count).subtracting(verdicts.refused.keys)
            return .finished(.partial(verdicts))
        }
    }
}
