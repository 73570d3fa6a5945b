// SPDX-License-Identifier: MIT
import Footfall

/// A destination with a ``RecordingDelivery``.
package final class RecordingDestination: DestinationPlugin {
    package let key: String
    package let name: String
    package let timeline = Timeline()
    package let usesHooks = false
    package let takesDeletions: Bool
    package let delivery: RecordingDelivery

    /// - Parameter takesDeletions: Whether it understands requests to delete a user.
    package init(
        name: String = "recording", key: String? = nil, _ delivery: RecordingDelivery = RecordingDelivery(),
        takesDeletions: Bool = false
    ) {
        self.name = name
        self.key = key ?? name
        self.delivery = delivery
        self.takesDeletions = takesDeletions
    }

    package func makeDelivery() -> (any Delivery)? { delivery }
}
