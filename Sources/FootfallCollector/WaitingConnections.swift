// SPDX-License-Identifier: MIT
import CMicrohttpd
import CSystem
import FootfallJSON
import Glibc

/// Connections that nobody looks at until a time, or until the collector stops.
///
/// One thread, which starts with the first of them, lets them go on.
final class WaitingConnections: Sendable {
    private struct State {
        /// Numbers, since pointers are not sendable.
        var connections: [(connection: UInt, until: Int64)] = []
        var isStopped = false
        var hasThread = false
    }

    private let library: HTTPLibrary
    private let state = Guarded(State())
    private let changed = footfall_eventfd()

    init(_ library: HTTPLibrary) { self.library = library }

    deinit { close(changed) }

    /// Suspends a connection until a time (nanoseconds since boot; `.max` for
    /// ever). Inside a callback for it only. False when the collector stops.
    func hold(_ connection: OpaquePointer?, until: Int64) -> Bool {
        let isHeld = state.withLock { state in
            guard !state.isStopped else { return false }
            if until < .max, !state.hasThread {
                let opaque = Unmanaged.passRetained(self).toOpaque()
                guard footfall_thread_start("footfall-slow", letGoOnThread, opaque) == 0 else {
                    Unmanaged<WaitingConnections>.fromOpaque(opaque).release()
                    return false
                }
                state.hasThread = true
            }
            library.functions.pointee.suspend_connection(connection)
            state.connections.append((UInt(bitPattern: connection), until))
            return true
        }
        if isHeld, until < .max { footfall_eventfd_raise(changed) }
        return isHeld
    }

    /// Lets all go on, and holds no other: a daemon that has suspended
    /// connections cannot be stopped.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            letGo(&state, until: .max)
        }
        footfall_eventfd_raise(changed)
    }

    /// With the lock held, so that the daemon is there as long as it is not stopped.
    private func letGo(_ state: inout State, until now: Int64) {
        for held in state.connections where held.until <= now {
            library.functions.pointee.resume_connection(OpaquePointer(bitPattern: held.connection))
        }
        state.connections.removeAll { $0.until <= now }
    }

    fileprivate func run() {
        while true {
            let next: Int64? = state.withLock { state in
                guard !state.isStopped else { return nil }
                letGo(&state, until: footfall_boot_nanoseconds())
                return state.connections.map(\.until).min() ?? .max
            }
            guard let next else { return }
            let left = next == .max ? Int64(3_600_000_000_000) : max(next - footfall_boot_nanoseconds(), 1)
            _ = footfall_wait_readable_for(changed, left)
            footfall_fd_drain(changed)
        }
    }
}

private func letGoOnThread(_ opaque: UnsafeMutableRawPointer?) {
    guard let opaque else { return }
    Unmanaged<WaitingConnections>.fromOpaque(opaque).takeRetainedValue().run()
}
