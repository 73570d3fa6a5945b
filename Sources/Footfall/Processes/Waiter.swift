// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// How an own thread sleeps: until it is woken, until a time since boot (which
/// counts suspend), or until a descriptor can be read.
final class Waiter: @unchecked Sendable {
    private let event: Int32
    private let timer: Int32

    init() {
        event = footfall_eventfd()
        timer = footfall_timerfd()
    }

    deinit {
        if event >= 0 { close(event) }
        if timer >= 0 { close(timer) }
    }

    /// Wakes the thread, or keeps it from falling asleep. From any thread.
    func wake() { footfall_eventfd_raise(event) }

    /// Sleeps until `deadline` (nanoseconds since boot), or for ever with `Int64.max`.
    ///
    /// - Returns: the indexes of the descriptors that can be read.
    func wait(until deadline: Int64, _ descriptors: [Int32] = []) -> [Int] {
        if deadline == .max {
            footfall_timerfd_set(timer, 0)
        } else {
            let left = deadline - footfall_boot_nanoseconds()
            guard left > 0 else {
                footfall_fd_drain(event)
                return []
            }
            footfall_timerfd_set(timer, left)
        }
        let mask = footfall_wait_readable([event, timer] + descriptors, Int32(2 + descriptors.count))
        guard mask > 0 else { return [] }
        if mask & 1 != 0 { footfall_fd_drain(event) }
        if mask & 2 != 0 { footfall_fd_drain(timer) }
        return descriptors.indices.filter { mask & (4 << Int32($0)) != 0 }
    }

    /// Arms the timer for a sleep that somebody else does with ``descriptors``.
    func arm(until deadline: Int64) {
        footfall_timerfd_set(timer, deadline == .max ? 0 : max(deadline - footfall_boot_nanoseconds(), 1))
    }

    /// What must be watched by such a sleep, and drained after it.
    var descriptors: [Int32] { [event, timer] }

    func drain() {
        footfall_fd_drain(event)
        footfall_fd_drain(timer)
    }
}
