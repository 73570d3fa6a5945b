// SPDX-License-Identifier: MIT
import CMicrohttpd
import Glibc

// These are free functions, because a closure may inherit the isolation of its context
// and then trap when a thread of libmicrohttpd calls it.

/// Called when the headers are there, for each piece of the body, and at the end of the body.
func collectorAccess(
    _ argument: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ path: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ piece: UnsafePointer<CChar>?,
    _ pieceSize: UnsafeMutablePointer<Int>?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let argument, let pieceSize, let state else { return .NO }
    let handler = Unmanaged<RequestHandler>.fromOpaque(argument).takeUnretainedValue()
    guard let opaque = state.pointee else {
        let request = handler.requests.take() ?? Request()
        state.pointee = Unmanaged.passRetained(request).toOpaque()
        request.begin(
            method: method, path: path, encoding: handler.library.header("Content-Encoding", of: connection),
            authorization: handler.library.header("Authorization", of: connection),
            fault: handler.origin.fault(
                host: handler.library.header("Host", of: connection).map { String(cString: $0) },
                origin: handler.library.header("Origin", of: connection).map { String(cString: $0) }))
        handler.connections.began(UInt(bitPattern: connection))
        return refuseUnsentBody(of: request, handler, connection)
    }

    let request = Unmanaged<Request>.fromOpaque(opaque).takeUnretainedValue()
    guard pieceSize.pointee > 0 else {
        // A held request is called again only when the collector stops.
        guard !request.isHeld else { return .NO }
        handler.connections.arrived(UInt(bitPattern: connection))
        let reply = handler.reply(to: request)
        request.answer()
        if case .hold = reply { request.hold() }
        return handler.responder.queue(reply, on: connection)
    }
    let count = pieceSize.pointee
    pieceSize.pointee = 0
    return UnsafeRawPointer(piece).map { start in
        let bytes = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
        return request.receive(bytes, limit: handler.configuration.maximumBodyBytes) { count in
            handler.connections.mayKeep(count, of: UInt(bitPattern: connection))
        } ? .YES : .NO
    } ?? .NO
}

/// Answers 413 before the body is sent, to a client that asks first (Expect: 100-continue)
/// and has a body that is too large.
private func refuseUnsentBody(
    of request: Request, _ handler: RequestHandler, _ connection: OpaquePointer?
) -> MHD_Result {
    guard let expect = handler.library.header("Expect", of: connection), strcasecmp(expect, "100-continue") == 0,
        let length = handler.library.header("Content-Length", of: connection),
        strtoull(length, nil, 10) > UInt64(handler.configuration.maximumBodyBytes)
    else { return .YES }
    request.refuseBody()
    request.answer()
    return handler.responder.queue(handler.reply(to: request), on: connection)
}

/// Called when a request has ended, whether it was answered or not.
func collectorCompleted(
    _ argument: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    guard let argument, let opaque = state?.pointee else { return }
    state?.pointee = nil
    let handler = Unmanaged<RequestHandler>.fromOpaque(argument).takeUnretainedValue()
    handler.connections.ended(UInt(bitPattern: connection))
    let request = Unmanaged<Request>.fromOpaque(opaque).takeRetainedValue()
    // Stopping the collector closes connections too; that refuses nothing.
    if !request.isAnswered, reason != .REQUEST_TERMINATED_DAEMON_SHUTDOWN {
        handler.refused(CollectorRefusal(request, message: takeMessages()))
    }
    handler.requests.give(request)
}

/// What libmicrohttpd has written on this thread since the last call. It answers what is no
/// request by itself, and tells only there.
private func takeMessages() -> String {
    defer { ftf_microhttpd_clear_messages() }
    return String(cString: ftf_microhttpd_messages())
}

/// Called when a connection is opened and before its socket is closed.
func collectorConnected(
    _ argument: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ change: MHD_ConnectionNotificationCode
) {
    guard let argument, let connection else { return }
    let handler = Unmanaged<RequestHandler>.fromOpaque(argument).takeUnretainedValue()
    let id = UInt(bitPattern: connection)
    guard ftf_microhttpd_is_opened(change) != 0 else {
        if let refusal = CollectorRefusal(message: takeMessages()) { handler.refused(refusal) }
        return handler.connections.closed(id)
    }
    handler.connections.opened(id, ftf_microhttpd_descriptor(handler.library.functions, connection))
}
