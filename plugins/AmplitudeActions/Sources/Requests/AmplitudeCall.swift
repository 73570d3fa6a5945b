// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// A call of Amplitude's API before it becomes a request. Calls can be merged.
package struct AmplitudeCall: Sendable {
    /// One of httpapi, batch, identify, groupIdentify and userMap.
    package var endpoint: AmplitudeEndpoint
    /// Events, identify items or mappings of users.
    package var items: [JSONObject]
    /// The fewest characters of an id; `nil` for Amplitude's 5.
    package var minimumIDLength: Int64?
    /// Whether a single identify item is sent without a list around it.
    var isSingle = false

    package init(endpoint: AmplitudeEndpoint, items: [JSONObject], minimumIDLength: Int64? = nil) {
        self.endpoint = endpoint
        self.items = items
        self.minimumIDLength = minimumIDLength
    }
}

extension AmplitudeSettings {
    /// The request of a call.
    package func request(for call: AmplitudeCall) -> AmplitudeRequest {
        let content: AmplitudeRequest.Content
        switch call.endpoint {
        case .identify, .groupIdentify: content = .form(form(call, "identification"))
        case .userMap: content = .form(form(call, "mapping"))
        default: content = .json(json(call))
        }
        return AmplitudeRequest(method: "POST", url: url(call.endpoint), authorization: nil, content: content)
    }

    private func json(_ call: AmplitudeCall) -> JSONObject {
        var object: JSONObject = ["api_key": .string(apiKey), "events": .array(call.items.map(JSON.object))]
        if let length = call.minimumIDLength { object["options"] = ["min_id_length": .int(length)] }
        return object
    }

    private func form(_ call: AmplitudeCall, _ name: String) -> [(name: String, value: String)] {
        var pairs = [(name: "api_key", value: apiKey)]
        var buffer = ByteBuffer(capacity: 512)
        if call.isSingle, let item = call.items.first, call.items.count == 1 {
            buffer.append(json: item)
        } else {
            buffer.append(json: .array(call.items.map(JSON.object)))
        }
        pairs.append((name, buffer.text()))
        if let length = call.minimumIDLength {
            pairs.append(("options", "{\"min_id_length\":\(length)}"))
        } else if compatibility == .segment, call.endpoint != .userMap {
            pairs.append(("options", "undefined"))
        }
        return pairs
    }

    /// The request that deletes a user. It needs the secret key.
    package func deletion(ofUser id: JSON?) -> AmplitudeRequest {
        AmplitudeRequest(
            method: "POST", url: url(.deletions), authorization: authorization,
            content: .json(["user_ids": [id ?? .null], "requester": "segment"]))
    }

    /// A request that Amplitude answers with 2xx if the keys are right.
    package func authenticationTest() -> AmplitudeRequest {
        AmplitudeRequest(
            method: "GET", url: url(.userSearch) + "?user=testUser@example.com", authorization: authorization,
            content: .none)
    }

    /// What an answer to ``authenticationTest()`` means; `nil` when the keys are right.
    package static func authenticationProblem(status: Int) -> String? {
        if (200..<300).contains(status) { return nil }
        let phrase = phrases[status].map { " " + $0 } ?? ""
        return "Credentials are invalid: \(status)\(phrase)"
    }

    private static let phrases = [
        400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout",
        413: "Payload Too Large", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout",
    ]

    private var authorization: String { DeliveryRequest.basicAuthorization(user: apiKey, password: secretKey ?? "") }
}
