// SPDX-License-Identifier: MIT
import FootfallTransport

/// A request that a ``Delivery`` wants made. It is a POST, over a verified
/// connection, without following redirects.
public struct DeliveryRequest: Sendable {
    public var url: String
    /// Besides `Content-Length` and, when compressed, `Content-Encoding`. A
    /// `User-Agent` replaces the client's own. One that ``problem(ofHeader:value:)``
    /// finds fault with blocks its destination: the request is not sent.
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]
    /// Whether the body is sent with gzip.
    public var isCompressed: Bool
    /// Whether plain http is taken to other machines; without it such a request
    /// blocks its destination.
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
    /// `Keep-Alive`, `Proxy-Connection`. For destinations, to say so when they are made.
    public static func problem(ofHeader name: String, value: String) -> String? {
        HTTPHeader(name: name, value: value).problem
    }
}

/// An answer, its body cut off after 64 KiB.
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

    /// How long the server asks to wait; whole seconds only: a device's clock is
    /// not to be trusted with a date.
    public var retryAfter: Duration? {
        guard let text = header("retry-after"), let seconds = Int(text), seconds >= 0 else { return nil }
        return min(.seconds(seconds), Limits.longestRetryAfter)
    }

    /// An answer that is no success with `***` for secrets that it repeats: what is told
    /// of it is kept and shown.
    package func masking(_ secrets: [String]) -> DeliveryResponse {
        guard !(200..<300).contains(status) else { return self }
        var masked = self
        masked.body = ShownText.masking(secrets, in: body)
        return masked
    }
}

/// What an attempt came to.
public enum DeliveryOutcome: Sendable, Equatable {
    /// 2xx and the destination's own success shape.
    case accepted
    /// The content is refused: the batch is split until the single event is
    /// found, which is put aside as a dead letter.
    case refused(String)
    /// The server named single events of the batch: those that it took or refused are
    /// finished, and the verdicts say what happens to the others.
    case partial(DeliveryVerdicts)
    /// Nobody could take it now: it is tried again, later and later, or after
    /// the time that the server named.
    case retry(String, after: Duration?)
    /// The address, the key or the network between is wrong: it is tried hourly
    /// and at each explicit flush, and keeps its events.
    case blocked(String)

    /// The rule for answers without a shape of their own. Sources: RFC 9110 and
    /// the Segment and Amplitude specifications.
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
