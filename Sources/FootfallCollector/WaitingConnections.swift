// SPDX-License-Identifier: MIT
import CMicrohttpd
import CSystem
import FootfallJSON
import Glibc

/// Connections that are suspended until a time, or until the collector stops.
///
/// A thread of its own, which starts with the first suspended connection, resumes them.
final class WaitingConnections: Sendable {
    private struct State {
        /// Pointers as numbers, because pointers are not Sendable.
        var connections: [(connection: UInt, until: Int64)] = []
        var isStopped = false
        var hasThread = false
    }

    private let library: HTTPLibrary
    private let state = Guarded(State())
    private let changed = ftf_eventfd()

    init(_ library: HTTPLibrary) { self.library = library }

    deinit { close(changed) }

    /// Suspends a connection. Call it only in a callback for this connection.
    ///
    /// - Parameter until: Nanoseconds since boot; `.max` means until the collector stops.
    /// - Returns: False when the collector is stopping or no thread can be started.
    func hold(_ connection: OpaquePointer?, until: Int64) -> Bool {
        let isHeld = state.withLock { state in
            guard !state.isStopped else { return false }
            if until < .max, !state.hasThread {
                let opaque = Unmanaged.passRetained(self).toOpaque()
                guard ftf_thread_start("footfall-slow", resumeOnThread, opaque) == 0 else {
                    Unmanaged<WaitingConnections>.fromOpaque(opaque).release()
                    return false
                }
                state.hasThread = true
            }
            library.functions.pointee.suspend_connection(connection)
            state.connections.append((UInt(bitPattern: connection), until))
            return true
        }
        if isHeld, until < .max { ftf_eventfd_raise(changed) }
        return isHeld
    }

    /// Resumes all connections and suspends no other, because libmicrohttpd cannot stop a
    /// daemon with suspended connections.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            resume(&state, until: .max)
        }
        ftf_eventfd_raise(changed)
    }

    /// Call with the lock held: it keeps the daemon from being stopped meanwhile.
    private func resume(_ state: inout State, until now: Int64) {
        for held in state.connections where held.until <= now {
            library.functions.pointee.resume_connection(OpaquePointer(bitPattern: held.connection))
        }
        state.connections.removeAll { $0.until <= now }
    }

    fileprivate func run() {
        while true {
            let next: Int64? = state.withLock { state in
                guard !state.isStopped else { return nil }
                resume(&state, until: ftf_boot_nanoseconds())
                return state.connections.map(\.until).min() ?? .max
            }
            guard let next else { return }
            let left = next == .max ? Int64(3_600_000_000_000) : max(next - ftf_boot_nanoseconds(), 1)
            _ = ftf_wait_readable_for(changed, left)
            ftf_fd_drain(changed)
        }
    }
}

private func resumeOnThread(_ opaque: UnsafeMutableRawPointer?) {
    guard let opaque else { return }
    Unmanaged<WaitingConnections>.fromOpaque(opaque).takeRetainedValue().run()
}
