// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// How an own thread sleeps: until it is woken, until a time since boot (which
/// counts suspend), or until a descriptor can be read.
///
/// Sleeping itself is system calls and nothing else: fork() may happen then.
final class Poller: @unchecked Sendable {
    /// The most descriptors that ppoll is given.
    private static let capacity = 16
    /// What is waited for: the eventfd, the timerfd, then those that are watched.
    let descriptors: UnsafeMutablePointer<Int32>
    private(set) var count: Int32 = 2

    private var event: Int32 { descriptors[0] }
    private var timer: Int32 { descriptors[1] }

    init() {
        descriptors = .allocate(capacity: Self.capacity)
        descriptors.initialize(repeating: -1, count: Self.capacity)
        descriptors[0] = footfall_eventfd()
        descriptors[1] = footfall_timerfd()
    }

    deinit {
        if event >= 0 { close(event) }
        if timer >= 0 { close(timer) }
        descriptors.deallocate()
    }

    /// Also sleeps until this can be read. By the thread that sleeps.
    func watch(_ descriptor: Int32) {
        guard descriptor >= 0, Int(count) < Self.capacity else { return }
        descriptors[Int(count)] = descriptor
        count += 1
    }

    /// Watches nothing any more.
    func unwatchAll() { count = 2 }

    /// Wakes the thread, or keeps it from falling asleep. From any thread.
    func wake() { footfall_eventfd_raise(event) }

    /// Sleeps until `deadline` (nanoseconds since boot), or for ever with `Int64.max`.
    func wait(until deadline: Int64) {
        guard event >= 0, timer >= 0 else {
            // The process had no descriptors left; it looks every 10 milliseconds.
            _ = footfall_wait_readable_for(-1, 10_000_000)
            return
        }
        let ready = arm(until: deadline) ? footfall_wait_readable(descriptors, count) : 1
        if ready & 1 != 0 { footfall_fd_drain(event) }
        if ready & 2 != 0 { footfall_fd_drain(timer) }
    }

    /// Arms the timer, for a sleep that somebody else does with
    /// ``descriptors``; false when the time is over.
    @discardableResult
    func arm(until deadline: Int64) -> Bool {
        guard deadline != .max else {
            footfall_timerfd_set(timer, 0)
            return true
        }
        let left = deadline.subtractingReportingOverflow(footfall_boot_nanoseconds())
        let nanoseconds = left.overflow ? 0 : left.partialValue
        footfall_timerfd_set(timer, max(nanoseconds, 1))
        return nanoseconds > 0
    }

    /// Forgets that it was woken, after such a sleep.
    func drain() {
        footfall_fd_drain(event)
        footfall_fd_drain(timer)
    }
}
