// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// A request that was not answered with success.
package struct CollectorRefusal: Sendable, Equatable {
    /// The method and the path, at most 256 bytes of each; empty when they could not be read.
    package var method: String
    package var path: String
    /// The status of the answer; `nil` when the connection was closed without one.
    package var status: Int?
    /// Why, without a full stop.
    package var reason: String

    init(_ request: Request, status: Int?, reason: String) {
        method = KeptText.cut(request.method)
        path = KeptText.cut(request.path)
        self.status = status
        self.reason = KeptText.cut(reason)
    }

    /// A request that got no answer from the collector.
    ///
    /// - Parameter message: What libmicrohttpd wrote about its connection.
    init(_ request: Request, message: String) {
        let refusal = CollectorRefusal(message: message)
        self.init(
            request, status: refusal?.status,
            reason: refusal?.reason ?? "the connection was closed before the request had arrived")
    }

    /// A refusal of what could not be read as a request: `… (HTTP response code is 431 ('…`.
    /// `nil` when the message tells of none.
    init?(message: String) {
        status = Self.status(in: message)
        guard status != nil || message.has("handshake") else { return nil }
        method = ""
        path = ""
        reason =
            switch status {
            case nil: "the TLS handshake failed"
            case 413: "the body is too large"
            case 414: "the address is too long"
            case 431: "the headers are too large"
            case 505: "the version of HTTP is not supported"
            case 400: "it is not HTTP"
            default: "it cannot be answered"
            }
    }

    /// Whether a request arrived, at least in part. False for a TLS handshake that failed.
    var isOfRequest: Bool { status != nil || !path.isEmpty }

    private static func status(in message: String) -> Int? {
        let words = message.split(whereSeparator: { $0 == " " || $0 == "\n" })
        for (index, word) in words.enumerated() where word == "code" && index + 2 < words.count {
            if words[index + 1] == "is", let status = Int(words[index + 2]), (400...599).contains(status) {
                return status
            }
        }
        return nil
    }
}

extension CollectorRefusal: CustomStringConvertible {
    /// One line for the person who runs the collector.
    package var description: String {
        let request = path.isEmpty ? "a request" : "\(method) \(path)"
        return "\(request): \(status.map { "refused with \($0)" } ?? "not answered"): \(reason)"
    }
}
