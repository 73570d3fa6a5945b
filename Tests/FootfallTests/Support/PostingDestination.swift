// SPDX-License-Identifier: MIT
import Footfall

/// A destination at an address, which takes every 2xx.
final class PostingDestination: DestinationPlugin {
    let name: String
    var key: String { name }
    let timeline = Timeline()
    let usesHooks = false
    private let url: String

    init(name: String = "address", url: String) {
        self.name = name
        self.url = url
    }

    func makeDelivery() -> (any Delivery)? { Posting(url: url) }

    private struct Posting: Delivery {
        let limits = BatchLimits.segment
        let url: String
        var address: String? { url }

        func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
            var body = ByteBuffer()
            body.append("[")
            batch.append(to: &body, separator: UInt8(ascii: ","))
            body.append("]")
            return .request(DeliveryRequest(url: url, body: body.array()))
        }
    }
}
