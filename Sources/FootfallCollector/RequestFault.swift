// SPDX-License-Identifier: MIT
import FootfallJSON

/// Why a request is refused: the status and the message of the answer.
struct RequestFault: Error, Equatable {
    var status: Int
    var message: String
    /// The method that the path accepts, for the header `Allow`.
    var allowedMethod: String?

    static func badRequest(_ message: String) -> RequestFault { RequestFault(status: 400, message: message) }

    static func tooLarge(_ limit: Int, inflated: Bool) -> RequestFault {
        RequestFault(
            status: 413,
            message: "the body has more than \(counted(limit, "byte"))\(inflated ? " after inflating" : "")")
    }
}
