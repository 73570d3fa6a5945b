// SPDX-License-Identifier: MIT
import Footfall

/// A destination with a ``RecordingDelivery``.
package final class RecordingDestination: DestinationPlugin {
    package let key: String
    package let name: String
    package let timeline = Timeline()
    package let usesHooks = false
    package let delivery: RecordingDelivery

    package init(name: String = "recording", key: String? = nil, _ delivery: RecordingDelivery = RecordingDelivery()) {
        self.name = name
        self.key = key ?? name
        self.delivery = delivery
    }

    package func makeDelivery() -> (any Delivery)? { delivery }
}
