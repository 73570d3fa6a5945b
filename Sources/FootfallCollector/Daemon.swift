// SPDX-License-Identifier: MIT
import CMicrohttpd
import CSystem
import FootfallJSON
import Glibc

/// A running libmicrohttpd.
final class Daemon: Sendable {
    let port: UInt16
    private let handler: RequestHandler
    /// The `MHD_Daemon *` as a number, because pointers are not Sendable; `nil` once stopped.
    private let running: Guarded<UInt?>

    /// Listens on 127.0.0.1 and starts the threads.
    init(_ handler: RequestHandler) throws(CollectorError) {
        let configuration = handler.configuration
        let table = handler.library.functions
        // Released after the last callback, in `Ending.end()`.
        let argument = Unmanaged.passRetained(handler).toOpaque()
        var address = Daemon.loopback(port: configuration.port)
        ftf_microhttpd_clear_messages()
        errno = 0
        let started = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                Daemon.start(table, configuration, address, argument)
            }
        }
        let error = errno
        guard let started else {
            Unmanaged<RequestHandler>.fromOpaque(argument).release()
            throw Daemon.failure(configuration, error)
        }
        port = ftf_microhttpd_port(table, started)
        self.handler = handler
        running = Guarded(UInt(bitPattern: started))
    }

    /// Stops the threads and waits for them. Called on one of them it cannot wait, so
    /// another thread does.
    func stop() {
        let stopped = running.withLock { running in
            defer { running = nil }
            return running
        }
        guard let stopped else { return }
        let ending = Ending(daemon: stopped, handler: handler)
        guard handler.callbackThreads.isCurrent else { return ending.end() }
        let opaque = Unmanaged.passRetained(ending).toOpaque()
        if ftf_thread_start("footfall-stop", endDaemon, opaque) != 0 {
            // Without another thread nothing can wait, so the daemon continues to run.
            Unmanaged<Ending>.fromOpaque(opaque).release()
        }
    }

    private static func start(
        _ table: UnsafePointer<ftf_microhttpd>, _ configuration: CollectorConfiguration,
        _ address: UnsafePointer<sockaddr>, _ argument: UnsafeMutableRawPointer
    ) -> OpaquePointer? {
        let certificate = configuration.certificate.map { strdup($0.certificatePEM) } ?? nil
        let key = configuration.certificate.map { strdup($0.keyPEM) } ?? nil
        // The library reads both only while it starts.
        defer {
            free(certificate)
            free(key)
        }
        var flags = MHD_USE_EPOLL_INTERNAL_THREAD.rawValue | MHD_USE_ERROR_LOG.rawValue
        if certificate != nil { flags |= MHD_USE_TLS.rawValue }
        // Only the answers of a test suspend connections.
        if configuration.answer != nil { flags |= MHD_ALLOW_SUSPEND_RESUME.rawValue }
        var options = ftf_microhttpd_options(
            flags: flags, address: address, connection_memory: connectionMemory,
            connection_limit: UInt32(clamping: ConnectionGuard.room(configuration)),
            connection_timeout: UInt32(clamping: configuration.idleTimeout.components.seconds),
            threads: UInt32(clamping: configuration.threads), certificate: certificate, key: key,
            access: collectorAccess, completed: collectorCompleted,
            connected: collectorConnected, argument: argument)

        // The threads inherit this mask, so the host's signals never reach them.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return ftf_microhttpd_start(table, &options)
    }

    /// The buffer of a connection for headers and one piece of the body. With the default of
    /// 32 KiB a batch takes three times as many reads.
    private static let connectionMemory = 128 * 1024

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func failure(_ configuration: CollectorConfiguration, _ error: Int32) -> CollectorError {
        let messages = String(cString: ftf_microhttpd_messages())
        let lines = messages.split(whereSeparator: \.isNewline).map { $0.hasSuffix(".") ? $0.dropLast() : $0 }
        let reason = lines.joined(separator: "; ")
        if error == EADDRINUSE { return .portInUse(configuration.port) }
        if configuration.certificate != nil, reason.has("TLS") || reason.has("certificate") {
            return .certificateRefused(reason: reason)
        }
        return .cannotListen(port: configuration.port, reason: error == 0 ? reason : errorText(error))
    }
}

/// Stops a daemon, on the calling thread or on one made for it.
private final class Ending: Sendable {
    private let daemon: UInt
    private let handler: RequestHandler

    init(daemon: UInt, handler: RequestHandler) {
        self.daemon = daemon
        self.handler = handler
    }

    func end() {
        handler.responder.waiting.stop()
        handler.connections.stop()
        handler.library.functions.pointee.stop_daemon(OpaquePointer(bitPattern: daemon))
        Unmanaged.passUnretained(handler).release()
    }
}

private func endDaemon(_ opaque: UnsafeMutableRawPointer?) {
    guard let opaque else { return }
    Unmanaged<Ending>.fromOpaque(opaque).takeRetainedValue().end()
}
