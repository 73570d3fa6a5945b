// SPDX-License-Identifier: MIT
import CMicrohttpd
import FootfallJSON

/// What a request is answered with.
enum Reply {
    case success
    case content(status: Int, headers: [(String, String)], body: String)
    /// 200 with a body that does not come as it should.
    case trickle(TrickledBody)
    /// Nothing, for ever.
    case hold
    case close

    /// The answer to a request that is refused.
    init(_ fault: RequestFault, headers: [(String, String)] = []) {
        let body: JSONObject = ["success": false, "message": .string(fault.message)]
        self = .content(status: fault.status, headers: [Reply.jsonType] + headers, body: body.text)
    }

    /// What a host wants; `nil` when the request is treated as usual.
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

/// Hands replies to libmicrohttpd.
///
/// A response may be queued on any thread, and is the library's to count.
final class Responder: @unchecked Sendable {
    private let library: HTTPLibrary
    /// Connections that wait.
    let waiting: WaitingConnections
    /// Made once: nearly every answer is this.
    private let success: OpaquePointer?

    init(_ library: HTTPLibrary) {
        self.library = library
        waiting = WaitingConnections(library)
        success = Responder.response(
            library, headers: [Reply.jsonType], body: CollectorAnswer.success)
    }

    deinit {
        if let success { library.functions.pointee.destroy_response(success) }
    }

    /// Queues a reply; whether the connection is to stay.
    func queue(_ reply: Reply, on connection: OpaquePointer?) -> MHD_Result {
        switch reply {
        case .success:
            return library.functions.pointee.queue_response(connection, 200, success)
        case .content(let status, let headers, let body):
            guard let status = UInt32(exactly: status),
                let response = Responder.response(library, headers: headers, body: body)
            else { return .NO }
            defer { library.functions.pointee.destroy_response(response) }
            return library.functions.pointee.queue_response(connection, status, response)
        case .trickle(let body):
            body.connection = connection
            body.waiting = waiting
            // Given back in `collectorTrickleEnded`.
            let argument = Unmanaged.passRetained(body).toOpaque()
            guard
                let response = library.functions.pointee.create_response_from_callback(
                    UInt64(body.count), 16_384, collectorTrickle, argument, collectorTrickleEnded)
            else {
                Unmanaged<TrickledBody>.fromOpaque(argument).release()
                return .NO
            }
            defer { library.functions.pointee.destroy_response(response) }
            _ = library.functions.pointee.add_response_header(response, Reply.jsonType.0, Reply.jsonType.1)
            return library.functions.pointee.queue_response(connection, 200, response)
        case .hold:
            return waiting.hold(connection, until: .max) ? .YES : .NO
        case .close:
            return .NO
        }
    }

    private static func response(
        _ library: HTTPLibrary, headers: [(String, String)], body: String
    ) -> OpaquePointer? {
        var body = body
        let response = body.withUTF8 { bytes in
            library.functions.pointee.create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
        for (name, value) in headers {
            _ = library.functions.pointee.add_response_header(response, name, value)
        }
        return response
    }
}
