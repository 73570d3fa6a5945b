// SPDX-License-Identifier: MIT
import CMicrohttpd

/// Queues replies with libmicrohttpd.
///
/// Any thread may queue a response, because libmicrohttpd counts its references.
final class Responder: @unchecked Sendable {
    private let library: HTTPLibrary
    /// The suspended connections.
    let waiting: WaitingConnections
    /// Created once, because nearly every answer is this one.
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

    /// Queues a reply. `.NO` makes libmicrohttpd close the connection.
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
            body.start(on: connection, waiting)
            // Released in `collectorTrickleEnded`.
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
