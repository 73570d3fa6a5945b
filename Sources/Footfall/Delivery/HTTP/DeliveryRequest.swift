// SPDX-License-Identifier: MIT
import FootfallTransport

/// A request that a ``Delivery`` wants made.
///
/// It is a POST. The server's certificate is verified, and redirects are not followed.
public struct DeliveryRequest: Sendable {
    /// The address: `https`, or `http` to this machine.
    public var url: String
    /// The headers, besides `Content-Length` and `Content-Encoding`, which are added.
    ///
    /// A `User-Agent` replaces the client's own. With a header that
    /// ``problem(ofHeader:value:)`` objects to, nothing is sent and the destination is blocked.
    public var headers: [(name: String, value: String)]
    /// The body, before compression.
    public var body: [UInt8]
    /// Whether the body is compressed with gzip.
    public var isCompressed: Bool
    /// Whether plain `http` is allowed to other machines. Without it such a request is not
    /// sent and blocks its destination.
    public var allowsInsecure: Bool

    /// A request. Bodies are compressed, and `http` is allowed to this machine only.
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
    /// Why a header cannot be sent; `nil` when it can. A destination can report that when it
    /// is made.
    ///
    /// A name must be a token of RFC 9110, and a value must have no control character. Headers
    /// that frame the message are refused: `Content-Length`, `Transfer-Encoding`, `Host`,
    /// `Connection`, `Expect`, `TE`, `Trailer`, `Content-Encoding`, `Upgrade`, `Keep-Alive`,
    /// `Proxy-Connection`.
    public static func problem(ofHeader name: String, value: String) -> String? {
        HTTPHeader(name: name, value: value).problem
    }
}

/// A server's answer.
public struct DeliveryResponse: Sendable {
    /// The status code.
    public var status: Int
    /// The headers, with names in lower case.
    public var headers: [(name: String, value: String)]
    /// The first 64 KiB of the body.
    public var body: [UInt8]

    /// An answer, for tests of a ``Delivery``.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header; its name in lower case.
    public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// How long the server asks to wait: whole seconds of `Retry-After`, at most 24 hours. A
    /// date is ignored, because the device's clock may be wrong.
    public var retryAfter: Duration? {
        guard let text = header("retry-after"), let seconds = Int(text), seconds >= 0 else { return nil }
        return min(.seconds(seconds), Limits.longestRetryAfter)
    }

    /// The answer with `***` for secrets that it repeats, unless it is a success: the reason
    /// of a failure is stored and shown.
    package func masking(_ secrets: [String]) -> DeliveryResponse {
        guard !(200..<300).contains(status) else { return self }
        var masked = self
        masked.body = ShownText.masking(secrets, in: body)
        return masked
    }
}

/// The outcome of an attempt to deliver a batch.
public enum DeliveryOutcome: Sendable, Equatable {
    /// The server accepted the batch: a 2xx answer in the server's own form.
    case accepted
    /// The server refused the content. The batch is split until the bad event is found, which
    /// becomes a dead letter.
    case refused(String)
    /// The server named single events of the batch: those that it took or refused are
    /// finished, and the verdicts say what happens to the others.
    case partial(DeliveryVerdicts)
    /// The server could not accept the batch now. It is tried again at growing intervals, or
    /// after the time that the server named.
    case retry(String, after: Duration?)
    /// The address, the key or the network is wrong. The events are kept, and delivery is
    /// tried hourly and at each flush.
    case blocked(String)

    /// Judges an answer by its status.
    ///
    /// 2xx is accepted; 400, 413 and 422 are refused; 408, 429 and 5xx but 501, 505 and 511 are
    /// tried again; anything else blocks. Sources: RFC 9110, the specifications of Segment
    /// and Amplitude.
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

    /// The first 120 bytes of a body on one line, to be added to a reason.
    public static func excerpt(_ body: [UInt8]) -> String {
        // Web pages and indented JSON have many lines.
        let flat = ByteOrderMark.skipped(body).prefix(120).map { [0x09, 0x0A, 0x0D].contains($0) ? 0x20 : $0 }
        let text = ShownText.line(String(decoding: flat, as: UTF8.self))
        return text.isEmpty ? "" : ": \(text)"
    }
}
