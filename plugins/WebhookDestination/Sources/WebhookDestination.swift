// SPDX-License-Identifier: MIT
import Footfall

/// Delivers events as JSON to an address of your own.
///
/// ```swift
/// analytics.add(plugin: WebhookDestination(name: "audit", endpoint: "https://example.com/events"))
/// ```
///
/// Events are delivered when the answer is 2xx and no HTML page, which would come from a
/// captive portal.
public final class WebhookDestination: DestinationPlugin {
    /// How a batch is written.
    public enum Format: String, Sendable {
        /// One JSON array; `application/json`.
        case array
        /// One event a line; `application/x-ndjson`.
        case ndjson
    }

    /// The identity in the store.
    public let name: String
    /// The same as ``name``.
    public var key: String { name }
    /// The destination's own plugins.
    public let timeline = Timeline()
    /// Its events are delivered from the store.
    public let usesHooks = false
    private let delivery: WebhookDelivery

    /// - Parameters:
    ///   - name: The identity in the store, and the key in `integrations`.
    ///   - endpoint: The address that batches are posted to.
    ///   - format: How a batch is written.
    ///   - headers: Sent with each request, such as `Authorization`. White space at the ends of a
    ///     value is left out. A header that cannot be
    ///     sent (see `DeliveryRequest.problem(ofHeader:value:)`) is reported as
    ///     `invalidConfiguration`. Then nothing is sent, and the events are kept.
    ///   - isCompressed: Whether bodies are compressed with gzip.
    ///   - allowsInsecure: Whether plain http is allowed to other machines.
    public init(
        name: String = "webhook", endpoint: String, format: Format = .array,
        headers: [(name: String, value: String)] = [], isCompressed: Bool = true, allowsInsecure: Bool = false
    ) {
        self.name = name
        delivery = WebhookDelivery(
            endpoint: endpoint, format: format, headers: headers.map { ($0.name, Secret($0.value).text) },
            isCompressed: isCompressed, allowsInsecure: allowsInsecure)
    }

    /// Reads a destination of a configuration file: `{"type": "webhook", "name", "endpoint",
    /// "format", "headers", "gzip", "allowInsecure"}`.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        _ = try object.text("type")
        _ = try object.flag("enabled")
        let name = try object.text("name") ?? "webhook"
        guard let endpoint = try object.endpoint() else { throw object.error("endpoint", "it is missing") }
        let formatName = try object.text("format") ?? "array"
        guard let format = Format(rawValue: formatName) else {
            throw object.error("format", "\(formatName) is neither array nor ndjson")
        }
        let headers = try object.secretTexts("headers") ?? []
        for (name, value) in headers {
            if let problem = DeliveryRequest.problem(ofHeader: name, value: Secret(value).text) {
                throw object.error("headers", problem)
            }
        }
        let gzip = try object.flag("gzip") ?? true
        try object.finish()
        self.init(
            name: name, endpoint: endpoint.url, format: format, headers: headers, isCompressed: gzip,
            allowsInsecure: endpoint.allowsInsecure)
    }

    /// Reports headers that cannot be sent.
    public func configure(analytics: Analytics) {
        for (name, value) in delivery.headers {
            guard let problem = DeliveryRequest.problem(ofHeader: name, value: value) else { continue }
            analytics.report(
                FootfallError(
                    .invalidConfiguration, "\(self.name): \(problem); nothing is sent to it until that is corrected"))
        }
    }

    /// True: the server sees the request among the events.
    public var takesDeletions: Bool { true }

    /// Makes the requests.
    public func makeDelivery() -> (any Delivery)? { delivery }
}

/// Makes the requests of a webhook and reads the answers.
struct WebhookDelivery: Delivery {
    let limits = BatchLimits.segment
    let endpoint: String
    var address: String? { endpoint }
    let format: WebhookDestination.Format
    let headers: [(name: String, value: String)]
    let isCompressed: Bool
    var allowsInsecure = false

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var body = ByteBuffer(capacity: 512)
        let type: String
        switch format {
        case .array:
            body.append("[")
            batch.append(to: &body, separator: UInt8(ascii: ","))
            body.append("]")
            type = "application/json; charset=utf-8"
        case .ndjson:
            batch.append(to: &body, separator: UInt8(ascii: "\n"))
            body.append("\n")
            type = "application/x-ndjson; charset=utf-8"
        }
        var headers = headers
        if !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            headers.append(("Content-Type", type))
        }
        headers += attempt.headers
        return .request(
            DeliveryRequest(
                url: endpoint, headers: headers, body: body.array(), isCompressed: isCompressed,
                allowsInsecure: allowsInsecure))
    }

    func outcome(of response: DeliveryResponse) -> DeliveryOutcome {
        let type = response.header("content-type")?.lowercased() ?? ""
        let isPage = type.hasPrefix("text/html") || type.hasPrefix("application/xhtml")
        guard (200..<300).contains(response.status), isPage else {
            // A server may repeat the token that it refuses.
            let secrets = headers.flatMap { [$0.value] + $0.value.split(separator: " ").map(String.init) }
            return DeliveryOutcome(status: response.masking(secrets))
        }
        return .blocked("the answer \(response.status) is a web page, something between may have given it")
    }
}
