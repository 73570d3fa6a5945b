// SPDX-License-Identifier: MIT

extension Delivery {
    /// A delivery that makes the same requests, changed by a closure: another address, other
    /// headers, no compression.
    ///
    /// Answers are read by the delivery itself. See ``DestinationPlugin/replaceDelivery(_:)`` for
    /// an example.
    ///
    /// - Parameter change: Changes each request, on the uploader's thread. It is also called once
    ///   with an empty request to learn the new ``address``, so it must give every request of one
    ///   address the same new address.
    public func changingRequests(
        _ change: @escaping @Sendable (_ request: inout DeliveryRequest) -> Void
    ) -> any Delivery {
        ChangedRequests(self, change)
    }
}

/// A delivery whose requests are changed before they are made.
struct ChangedRequests: Delivery {
    let address: String?
    private let own: any Delivery
    private let change: @Sendable (inout DeliveryRequest) -> Void

    init(_ own: any Delivery, _ change: @escaping @Sendable (inout DeliveryRequest) -> Void) {
        self.own = own
        self.change = change
        // What the server says of the time counts as the word of this address's host.
        address = own.address.map { address in
            var request = DeliveryRequest(url: address, body: [])
            change(&request)
            return request.url
        }
    }

    var limits: BatchLimits { own.limits }
    var addsMetadata: Bool { own.addsMetadata }

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        switch own.begin(batch, attempt) {
        case .request(var request):
            change(&request)
            return .request(request)
        case .plan(var plan):
            for index in plan.parts.indices { change(&plan.parts[index].request) }
            return .plan(plan)
        case .finished(let outcome): return .finished(outcome)
        case .later(let pending): return .later(pending)
        }
    }

    func outcome(of response: DeliveryResponse) -> DeliveryOutcome { own.outcome(of: response) }
}
