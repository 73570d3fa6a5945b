// SPDX-License-Identifier: MIT

/// What ``CollectorConfiguration/answer`` makes of a request.
public enum CollectorAnswer: Sendable {
    /// Treats the request as usual.
    case accept
    /// Answers with this status, at least 200, and records nothing. A header
    /// that HTTP does not allow is left out.
    case status(Int, headers: [(String, String)] = [], body: String = "")
    /// Closes the connection without a word and records nothing.
    case closeWithoutAnswer
}
