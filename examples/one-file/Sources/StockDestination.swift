// SPDX-License-Identifier: MIT
import Footfall

/// Prints the name of each order, as a system that counts the stock would get it.
final class StockDestination: DestinationPlugin {
    let key = "Stock"
    let name: String
    let timeline = Timeline()
    let usesHooks = false

    init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        name = try object.text("name") ?? "stock"
        try object.finish()
    }

    func makeDelivery() -> (any Delivery)? { StockDelivery() }
}

struct StockDelivery: Delivery {
    let limits = BatchLimits(events: 100, bytes: 100_000)

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        batch.forEach { body in
            // The library wrote the event, so only a damaged one cannot be read.
            guard let event = try? JSONParser.parse(body).objectValue, let name = event["event"]?.stringValue else {
                return
            }
            print("stock: \(name)")
        }
        return .finished(.accepted)
    }
}
