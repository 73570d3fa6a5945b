// SPDX-License-Identifier: MIT
import CSystem
import Footfall

/// How long the suites wait.
enum Patience {
    /// The longest that one method of a plugin may take. It is long, so that a busy machine
    /// makes no finding.
    static let method = Duration.seconds(1)
    /// After this a method will not return.
    static let forEver = Duration.seconds(10)

    /// So long a plugin may keep events that it hands to a thread of its own.
    static let moment = Duration.seconds(3)

    static var now: Int64 { ftf_monotonic_nanoseconds() }

    /// Asks every millisecond whether something has happened. False: it did not within the limit.
    static func wait(atMost limit: Duration = forEver, _ hasHappened: () -> Bool) -> Bool {
        let deadline = now + limit.nanoseconds
        while !hasHappened() {
            guard now < deadline else { return false }
            _ = ftf_wait_readable_for(-1, 1_000_000)
        }
        return true
    }

    /// Runs a body on a thread of its own. False: it had not ended within the limit, or no
    /// thread could be started.
    static func run(_ body: @escaping @Sendable () -> Void) -> Bool {
        let isDone = Guarded(false)
        let start = Unmanaged.passRetained(
            ThreadBody {
                body()
                isDone.read { $0 = true }
            })
        guard ftf_thread_start("conformance", runBody, start.toOpaque()) == 0 else {
            start.release()
            return false
        }
        return wait { isDone.current }
    }
}

private final class ThreadBody: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

private func runBody(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().body()
}
