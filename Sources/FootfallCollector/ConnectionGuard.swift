// SPDX-License-Identifier: MIT
import CMicrohttpd
import CSystem
import Glibc

/// Closes connections that take too long, or that take the room of new ones.
///
/// Shuts down their sockets, whereupon libmicrohttpd closes them. Any thread may call it.
/// A thread of its own, which starts with the first connection, watches the deadlines.
final class ConnectionGuard: Sendable {
    private struct State {
        var table: ConnectionTable
        var isStopped = false
        var hasThread = false
    }

    private let state: Guarded<State>
    private let changed = ftf_eventfd()
    private let pause: Int64

    init(_ configuration: CollectorConfiguration) {
        let deadline = configuration.requestTimeout.nanoseconds
        state = Guarded(
            State(
                table: ConnectionTable(
                    // Below the limit at which libmicrohttpd accepts no connection.
                    room: max(Self.room(configuration) * 9 / 10, 1),
                    byteLimit: max(configuration.maximumBufferedBytes, configuration.maximumBodyBytes),
                    deadline: deadline, idleTime: configuration.idleTimeout.nanoseconds)))
        pause = max(min(deadline / 4, 1_000_000_000), 1_000_000)
    }

    deinit { close(changed) }

    /// How many connections may be open. Each is a descriptor, and 64 are left for the process.
    static func room(_ configuration: CollectorConfiguration) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            let most = Int(exactly: limit.rlim_cur)
        else { return configuration.maximumConnections }
        return max(min(configuration.maximumConnections, most - 64), configuration.threads, 1)
    }

    func opened(_ id: ConnectionTable.ID, _ descriptor: Int32) {
        let wakes = state.withLock { state -> Bool in
            let wasEmpty = state.table.isEmpty
            if let closing = state.table.open(id, descriptor, at: ftf_boot_nanoseconds()) { Self.end(closing) }
            guard !state.hasThread, !state.isStopped else { return wasEmpty }
            let opaque = Unmanaged.passRetained(self).toOpaque()
            state.hasThread = ftf_thread_start("footfall-watch", watchConnections, opaque) == 0
            if !state.hasThread { Unmanaged<ConnectionGuard>.fromOpaque(opaque).release() }
            return false
        }
        if wakes { ftf_eventfd_raise(changed) }
    }

    func closed(_ id: ConnectionTable.ID) { state.withLock { $0.table.close(id) } }

    func began(_ id: ConnectionTable.ID) { state.withLock { $0.table.begin(id, at: ftf_boot_nanoseconds()) } }

    /// Whether `count` more bytes of a body may be kept.
    func mayKeep(_ count: Int, of id: ConnectionTable.ID) -> Bool {
        state.withLock { state in
            let (isKept, closing) = state.table.receive(count, id)
            for descriptor in closing { Self.end(descriptor) }
            return isKept
        }
    }

    func arrived(_ id: ConnectionTable.ID) { state.withLock { $0.table.answer(id) } }

    func ended(_ id: ConnectionTable.ID) { state.withLock { $0.table.end(id, at: ftf_boot_nanoseconds()) } }

    func stop() {
        state.withLock { $0.isStopped = true }
        ftf_eventfd_raise(changed)
    }

    /// Call with the lock held: the socket is open only while its connection is in the table.
    private static func end(_ descriptor: Int32) {
        guard descriptor >= 0 else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    fileprivate func run() {
        while true {
            let isIdle: Bool? = state.withLock { state in
                guard !state.isStopped else { return nil }
                for descriptor in state.table.overdue(at: ftf_boot_nanoseconds()) { Self.end(descriptor) }
                return state.table.isEmpty
            }
            guard let isIdle else { return }
            // Without connections there is no deadline to watch.
            _ = ftf_wait_readable_for(changed, isIdle ? 3_600_000_000_000 : pause)
            ftf_fd_drain(changed)
        }
    }
}

private func watchConnections(_ opaque: UnsafeMutableRawPointer?) {
    guard let opaque else { return }
    Unmanaged<ConnectionGuard>.fromOpaque(opaque).takeRetainedValue().run()
}

extension Duration {
    /// The duration in nanoseconds, limited to 0 … one year.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, 0), 31_536_000) * 1_000_000_000 + max(attoseconds, 0) / 1_000_000_000
    }
}
