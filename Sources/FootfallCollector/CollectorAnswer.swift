// SPDX-License-Identifier: MIT

/// What ``CollectorConfiguration/answer`` makes of a request.
///
/// All but ``accept`` record nothing of it.
package enum CollectorAnswer: Sendable {
    /// Treats the request as usual.
    case accept
    /// Answers with this status, at least 200. A header that HTTP does not allow
    /// is left out.
    case status(Int, headers: [(String, String)] = [], body: String = "")
    /// Closes the connection without a word.
    case closeWithoutAnswer
    /// Keeps the connection and never says a word, until the collector is stopped.
    case neverAnswer
    /// Answers 200 and so many bytes of the body a second, at least one, after
    /// the headers.
    case slowly(bytesPerSecond: Int, body: String = CollectorAnswer.success)
    /// Answers 200, names the whole length, and closes the connection after half
    /// of the body.
    case closeInTheMiddle(body: String = CollectorAnswer.success)
    /// Answers 200 and a body of so many bytes that are no JSON.
    case huge(bytes: Int)

    /// Success in Segment's shape.
    package static let success = #"{"success":true}"#

    /// The page of a network that wants somebody to log in: 200 and HTML.
    package static let portal = CollectorAnswer.status(
        200, headers: [("Content-Type", "text/html")], body: "<html><body>Welcome! Please log in.</body></html>")

    /// Sends the client elsewhere.
    package static func redirect(to url: String) -> CollectorAnswer { .status(302, headers: [("Location", url)]) }

    /// 200 and JSON that is not success.
    package static let wrongShape = CollectorAnswer.status(
        200, headers: [("Content-Type", "application/json")], body: #"{"success":false,"ok":1}"#)
}
