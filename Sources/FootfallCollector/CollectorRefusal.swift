// SPDX-License-Identifier: MIT
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

    /// Reads a refusal from what libmicrohttpd wrote about a connection: `… (HTTP response
    /// code is 431 ('…`. `nil` when it refused nothing.
    init?(message: String) {
        guard let found = Self.status(in: message) else { return nil }
        method = ""
        path = ""
        status = found
        reason =
            switch found {
            case 413: "the body is too large"
            case 414: "the address is too long"
            case 431: "the headers are too large"
            case 505: "the version of HTTP is not supported"
            case 500...: "it cannot be answered"
            default: "it is not HTTP"
            }
    }

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
