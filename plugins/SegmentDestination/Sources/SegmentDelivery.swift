// SPDX-License-Identifier: MIT
import Footfall

/// Makes the batch call and reads its answer.
struct SegmentDelivery: Delivery {
    let limits = BatchLimits.segment
    private let endpoint: String
    var address: String? { endpoint }
    var addsMetadata: Bool { true }
    private let writeKey: String
    private let isCompressed: Bool
    private let allowsInsecure: Bool
    private let authorization: String
    /// Why nothing may be sent; `nil` when it may.
    private let problem: String?

    init(
        endpoint: String, writeKey: String, isCompressed: Bool, allowsInsecure: Bool = false, problem: String? = nil
    ) {
        self.problem = problem
        self.allowsInsecure = allowsInsecure
        self.endpoint = endpoint
        self.writeKey = writeKey
        self.isCompressed = isCompressed
        authorization = DeliveryRequest.basicAuthorization(user: writeKey, password: "")
    }

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        // The events are kept. A request without the right key would be refused, or reach another source.
        if let problem { return .finished(.blocked(problem)) }
        var body = ByteBuffer(capacity: 512)
        body.append("{\"batch\":[")
        batch.append(to: &body, separator: UInt8(ascii: ","))
        body.append("],\"sentAt\":\"")
        body.append(attempt.sentAt)
        body.append("\",\"writeKey\":")
        body.append(json: writeKey)
        body.append("}")
        var headers: [(name: String, value: String)] = [
            ("Content-Type", "application/json; charset=utf-8"), ("Authorization", authorization),
        ]
        headers += attempt.headers
        return .request(
            DeliveryRequest(
                url: endpoint, headers: headers, body: body.array(), isCompressed: isCompressed,
                allowsInsecure: allowsInsecure))
    }

    func outcome(of response: DeliveryResponse) -> DeliveryOutcome {
        guard (200..<300).contains(response.status) else {
            return DeliveryOutcome(status: response.masking([writeKey]))
        }
        // An answer that cannot be parsed is not Segment's.
        let answer = response.body.withUnsafeBufferPointer { try? JSONParser.parse($0) }
        if answer?.objectValue?["success"] == true { return .accepted }
        return .blocked(
            "the answer \(response.status) is not Segment's, something between may have given it"
                + DeliveryOutcome.excerpt(response.body))
    }
}
