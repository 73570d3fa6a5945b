// SPDX-License-Identifier: MIT
import FootfallJSON

/// The answer to a request.
enum Reply {
    case success
    case content(status: Int, headers: [(String, String)], body: String)
    /// 200 with a body that arrives slowly, ends early or is huge.
    case trickle(TrickledBody)
    /// No answer until the collector stops.
    case hold
    case close

    /// The answer to a refused request.
    init(_ fault: RequestFault) {
        let headers = fault.allowedMethod.map { [("Allow", $0)] } ?? []
        let body: JSONObject = ["success": false, "message": .string(fault.message)]
        self = .content(status: fault.status, headers: [Reply.jsonType] + headers, body: body.text)
    }

    /// The answer that a test chose; `nil` when the request is handled as usual.
    init?(_ answer: CollectorAnswer) {
        switch answer {
        case .accept: return nil
        case .status(let status, let headers, let body):
            self = .content(status: status, headers: headers, body: body)
        case .closeWithoutAnswer: self = .close
        case .neverAnswer: self = .hold
        case .slowly(let rate, let body):
            self = .trickle(TrickledBody(Array(body.utf8), bytesPerSecond: max(rate, 1)))
        case .closeInTheMiddle(let body):
            self = .trickle(TrickledBody(Array(body.utf8), endsAfter: body.utf8.count / 2))
        case .huge(let bytes): self = .trickle(TrickledBody(repeating: UInt8(ascii: "x"), count: bytes))
        }
    }

    static let jsonType = ("Content-Type", "application/json")

    var isSuccess: Bool {
        switch self {
        case .success: true
        case .content(let status, _, _): (200..<300).contains(status)
        case .trickle, .hold, .close: false
        }
    }
}
