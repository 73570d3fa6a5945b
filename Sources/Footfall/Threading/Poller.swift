// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// How a thread of the client sleeps: until another thread wakes it, until a time since
/// boot (which counts suspend), or until a descriptor can be read.
///
/// While it sleeps the thread is inside a system call and holds no lock, so the host may
/// call fork().
final class Poller: @unchecked Sendable {
    /// How many descriptors ppoll is given at most.
    private static let capacity = 16
    /// The eventfd, the timerfd, and then the watched descriptors.
    let descriptors: UnsafeMutablePointer<Int32>
    private(set) var count: Int32 = 2

    private var event: Int32 { descriptors[0] }
    private var timer: Int32 { descriptors[1] }
    private let clock: SystemClock

    /// - Parameter clock: The clock that deadlines are times of.
    init(_ clock: SystemClock) {
        self.clock = clock
        descriptors = .allocate(capacity: Self.capacity)
        descriptors.initialize(repeating: -1, count: Self.capacity)
        descriptors[0] = ftf_eventfd()
        descriptors[1] = ftf_timerfd()
    }

    deinit {
        if event >= 0 { close(event) }
        if timer >= 0 { close(timer) }
        descriptors.deallocate()
    }

    /// Ends the next sleep when this descriptor can be read. By the thread that sleeps.
    func watch(_ descriptor: Int32) {
        guard descriptor >= 0, Int(count) < Self.capacity else { return }
        descriptors[Int(count)] = descriptor
        count += 1
    }

    /// Stops watching all descriptors.
    func unwatchAll() { count = 2 }

    /// Wakes the thread, or keeps it from falling asleep. From any thread.
    func wake() { ftf_eventfd_raise(event) }

    /// Sleeps until `deadline` (nanoseconds since boot), or for ever with `Int64.max`.
    func wait(until deadline: Int64) {
        guard event >= 0, timer >= 0 else {
            // The process had no descriptor left, so the thread looks every 10 milliseconds.
            _ = ftf_wait_readable_for(-1, 10_000_000)
            return
        }
        let ready = arm(until: deadline) ? ftf_wait_readable(descriptors, count) : 1
        if ready & 1 != 0 { ftf_fd_drain(event) }
        if ready & 2 != 0 { ftf_fd_drain(timer) }
    }

    /// Arms the timer for a sleep that a library does with ``descriptors``.
    ///
    /// - Returns: false when the time is over.
    @discardableResult
    func arm(until deadline: Int64) -> Bool {
        guard deadline != .max else {
            ftf_timerfd_set(timer, 0)
            return true
        }
        let left = deadline.subtractingReportingOverflow(clock.boot())
        let nanoseconds = left.overflow ? 0 : left.partialValue
        ftf_timerfd_set(timer, max(nanoseconds, 1))
        return nanoseconds > 0
    }

    /// Clears the eventfd and the timerfd after a sleep that a library did.
    func drain() {
        ftf_fd_drain(event)
        ftf_fd_drain(timer)
    }
}
