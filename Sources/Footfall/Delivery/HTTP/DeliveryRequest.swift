// SPDX-License-Identifier: MIT
import FootfallTransport

/// A request that a ``Delivery`` has made: a POST over a verified connection, without
/// following redirects.
public struct DeliveryRequest: Sendable {
    public var url: String
    /// Headers besides `Content-Length` and, when compressed, `Content-Encoding`. A
    /// `User-Agent` replaces the client's own. A header with a
    /// ``problem(ofHeader:value:)`` blocks its destination: the request is not sent.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Whether the body is sent with gzip.
    public var isCompressed: Bool
    /// Whether plain http to other machines is allowed. Otherwise such a request blocks its
    /// destination.
    public var allowsInsecure: Bool

    public init(
        url: String, headers: [(name: String, value: String)] = [], body: [UInt8], isCompressed: Bool = true,
        allowsInsecure: Bool = false
    ) {
        self.allowsInsecure = allowsInsecure
        self.url = url
        self.headers = headers
        self.body = body
        self.isCompressed = isCompressed
    }
}

extension DeliveryRequest {
    /// Why a header cannot be sent; `nil` when it can.
    ///
    /// A name is a token of RFC 9110, a value has no control character, and neither is
    /// one that frames the message: `Content-Length`, `Transfer-Encoding`, `Host`,
    /// `Connection`, `Expect`, `TE`, `Trailer`, `Content-Encoding`, `Upgrade`,
    /// `Keep-Alive`, `Proxy-Connection`. A destination calls this when it is made, so that
    /// its user hears of a bad header at once.
    public static func problem(ofHeader name: String, value: String) -> String? {
        HTTPHeader(name: name, value: value).problem
    }
}

/// An answer. Its body is cut off after 64 KiB.
public struct DeliveryResponse: Sendable {
    public var status: Int
    /// Names in lower case.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// How long the server asks to wait: `Retry-After` in whole seconds. A date is not read,
    /// since the device's clock may be wrong.
    public var retryAfter: Duration? {
        guard let text = header("retry-after"), let seconds = Int(text), seconds >= 0 else { return nil }
        return min(.seconds(seconds), Limits.longestRetryAfter)
    }

    /// The answer with `***` in place of secrets, unless it is a success: the beginning of
    /// an error is stored and shown.
    package func masking(_ secrets: [String]) -> DeliveryResponse {
        guard !(200..<300).contains(status) else { return self }
        var masked = self
        masked.body = ShownText.masking(secrets, in: body)
        return masked
    }
}

/// The result of an attempt to deliver a batch.
public enum DeliveryOutcome: Sendable, Equatable {
    /// The server accepted all events: 2xx and the destination's own success shape.
    case accepted
    /// The server refused the content: the batch is split until the bad event is found,
    /// which becomes a dead letter.
    case refused(String)
    /// The server named single events of the batch: those that it took or refused are
    /// finished, and the verdicts say what happens to the others.
    case partial(DeliveryVerdicts)
    /// The server cannot take the batch now: it is tried again after growing delays, or
    /// after the time that the server named.
    case retry(String, after: Duration?)
    /// The address, the key or the network is wrong: the batch is tried once an hour and at
    /// each flush. All events stay.
    case blocked(String)

    /// The result that a status means, for servers whose answers have no shape of their own.
    /// Sources: RFC 9110 and the Segment and Amplitude specifications.
    public init(status response: DeliveryResponse) {
        let text = "the server answered \(response.status)"
        switch response.status {
        case 200..<300: self = .accepted
        case 400, 413, 422: self = .refused(text + Self.excerpt(response.body))
        case 501, 505, 511: self = .blocked(text)
        case 408, 429, 500...: self = .retry(text, after: response.retryAfter)
        default: self = .blocked(text + Self.excerpt(response.body))
        }
    }

    /// The beginning of an answer, for people.
    public static func excerpt(_ body: [UInt8]) -> String {
        // Pages and pretty JSON have many lines.
        let flat = body.prefix(120).map { [0x09, 0x0A, 0x0D].contains($0) ? 0x20 : $0 }
        let text = ShownText.line(String(decoding: flat, as: UTF8.self))
        return text.isEmpty ? "" : ": \(text)"
    }
}
