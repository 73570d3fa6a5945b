// SPDX-License-Identifier: MIT
import Footfall
import Glibc

/// A destination that prints each event and accepts it.
final class PrintingDestination: DestinationPlugin {
    let key = "Printing"
    let name = "printing"
    let timeline = Timeline()
    let usesHooks = false

    func makeDelivery() -> (any Delivery)? { PrintingDelivery() }
}

struct PrintingDelivery: Delivery {
    let limits = BatchLimits.segment

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        batch.forEach { body in
            // The library wrote the body, so it is always valid.
            guard let event = (try? JSONParser.parse(body))?.objectValue else { return }
            print(Self.line(event))
        }
        fflush(nil)
        return .finished(.accepted)
    }

    private static func line(_ event: JSONObject) -> String {
        let name = event["event"]?.stringValue ?? event["name"]?.stringValue ?? "?"
        let session = event["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"]
        let visitor = event["anonymousId"]?.stringValue?.prefix(8) ?? "-"
        let properties = event["properties"].map { " \($0.text)" } ?? ""
        return "\(name)  session \(session?.text ?? "-")  by \(visitor)\(properties)"
    }
}
