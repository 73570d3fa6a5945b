// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc
import Testing

/// A TCP server on 127.0.0.1 that is no help: it takes connections and never
/// answers, or says something wrong after a moment.
final class Listener {
    enum Manner: Sendable {
        case neverAnswers
        /// Closes, or answers nonsense, in turn, so long after the first bytes came.
        case answersWrongly(after: Duration)
    }

    let port: UInt16
    private let state: State

    private final class State: @unchecked Sendable {
        let lock = Lock()
        let descriptor: Int32
        let stop = ftf_eventfd()
        let ended = ftf_eventfd()
        let manner: Manner
        var accepted = 0

        init(_ descriptor: Int32, _ manner: Manner) {
            self.descriptor = descriptor
            self.manner = manner
        }

        deinit {
            close(stop)
            close(ended)
        }
    }

    init(_ manner: Manner) throws {
        let descriptor: Int32
        (descriptor, port) = try listenOnLoopback()
        state = State(descriptor, manner)
        ftf_thread_start("listener", listenOnThread, Unmanaged.passRetained(state).toOpaque())
    }

    deinit {
        ftf_eventfd_raise(state.stop)
        _ = ftf_wait_readable_for(state.ended, 10_000_000_000)
        close(state.descriptor)
    }

    /// How many connections came.
    var accepted: Int { state.lock.withLock { state.accepted } }

    var segment: String { "segment=https://127.0.0.1:\(port)/v1/b" }

    private static func serve(_ state: State) {
        var open: [Int32] = []
        while true {
            // The newest few are looked at; the rest just stays open.
            let watched = [state.stop, state.descriptor] + open.suffix(12)
            let mask = ftf_wait_readable(watched, Int32(watched.count))
            if mask & 1 != 0 { break }
            if mask & 2 != 0 {
                let connection = accept(state.descriptor, nil, nil)
                if connection >= 0 {
                    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                    state.lock.withLock { state.accepted += 1 }
                    open.append(connection)
                }
            }
            for (place, connection) in watched.enumerated().dropFirst(2) where mask & (1 << Int32(place)) != 0 {
                guard answer(connection, state) else { continue }
                close(connection)
                open.removeAll { $0 == connection }
            }
        }
        for connection in open { close(connection) }
    }

    /// True when the connection is to be closed.
    private static func answer(_ connection: Int32, _ state: State) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        guard recv(connection, &bytes, bytes.count, Int32(truncatingIfNeeded: MSG_DONTWAIT)) > 0 else { return true }
        guard case .answersWrongly(let delay) = state.manner else { return false }
        _ = ftf_wait_readable_for(state.stop, delay.nanoseconds)
        if state.lock.withLock({ state.accepted.isMultiple(of: 2) }) {
            _ = "HTTP/1.1 500 No\r\n\r\n".withCString {
                send(connection, $0, strlen($0), Int32(truncatingIfNeeded: MSG_NOSIGNAL))
            }
        }
        return true
    }

    fileprivate static func run(_ argument: UnsafeMutableRawPointer) {
        let state = Unmanaged<State>.fromOpaque(argument).takeRetainedValue()
        serve(state)
        ftf_eventfd_raise(state.ended)
    }
}

private func listenOnThread(_ argument: UnsafeMutableRawPointer?) {
    if let argument { Listener.run(argument) }
}
