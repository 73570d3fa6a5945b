// SPDX-License-Identifier: MIT

/// How ``CollectorConfiguration/answer`` wants a request to be answered.
///
/// Only ``accept`` records the events of the request.
package enum CollectorAnswer: Sendable {
    /// Handles the request as usual.
    case accept
    /// Answers with this status, which must be at least 200. A header that HTTP does not
    /// allow is left out.
    case status(Int, headers: [(String, String)] = [], body: String = "")
    /// Closes the connection without an answer.
    case closeWithoutAnswer
    /// Keeps the connection open without an answer until the collector stops.
    case neverAnswer
    /// Answers 200 with the headers at once and the body at this rate, at least one byte
    /// per second.
    case slowly(bytesPerSecond: Int, body: String = CollectorAnswer.success)
    /// Answers 200 with the length of the whole body, and closes the connection after half
    /// of the body.
    case closeInTheMiddle(body: String = CollectorAnswer.success)
    /// Answers 200 with a body of this size that is not JSON.
    case huge(bytes: Int)

    /// The body with which Segment answers success.
    package static let success = #"{"success":true}"#

    /// The login page of a captive portal: 200 and HTML.
    package static let portal = CollectorAnswer.status(
        200, headers: [("Content-Type", "text/html")], body: "<html><body>Welcome! Please log in.</body></html>")

    /// Redirects the client with status 302.
    package static func redirect(to url: String) -> CollectorAnswer { .status(302, headers: [("Location", url)]) }

    /// 200 and JSON that does not say success.
    package static let wrongShape = CollectorAnswer.status(
        200, headers: [("Content-Type", "application/json")], body: #"{"success":false,"ok":1}"#)
}
