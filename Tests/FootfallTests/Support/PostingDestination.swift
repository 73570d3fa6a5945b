// SPDX-License-Identifier: MIT
import Footfall
import TestSupport

/// A destination that posts to an address and takes every 2xx.
final class PostingDestination: DestinationPlugin {
    /// How its delivery asks for a request.
    enum Form: CaseIterable {
        /// It names its address.
        case address
        case noAddress
        /// It names no address, and begins with a plan.
        case plan
    }

    let name: String
    var key: String { name }
    let timeline = Timeline()
    let usesHooks = false
    /// The retry count of each attempt that was begun.
    let begun = Guarded<[Int]>([])
    private let url: String
    private let form: Form

    init(name: String = "address", url: String, form: Form = .address) {
        self.name = name
        self.url = url
        self.form = form
    }

    func makeDelivery() -> (any Delivery)? { Posting(url: url, form: form, begun: begun) }

    private struct Posting: Delivery {
        let limits = BatchLimits.segment
        let url: String
        let form: Form
        let begun: Guarded<[Int]>
        var address: String? { form == .address ? url : nil }

        func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
            begun.read { $0.append(attempt.retryCount) }
            var body = ByteBuffer()
            body.append("[")
            batch.append(to: &body, separator: UInt8(ascii: ","))
            body.append("]")
            let request = DeliveryRequest(url: url, body: body.array())
            guard form == .plan else { return .request(request) }
            return .plan(DeliveryPlan(parts: [.init(request: request, places: Array(0..<batch.count))]))
        }
    }
}
