// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// Counts events, which a test can wait for.
final class Arrivals: @unchecked Sendable {
    private let lock = Lock()
    private var count = 0
    private let descriptor = ftf_eventfd()

    deinit { close(descriptor) }

    func add(_ more: Int) {
        lock.withLock { count += more }
        ftf_eventfd_raise(descriptor)
    }

    /// False when so many did not come within the limit.
    func wait(for wanted: Int, atMost limit: Duration) -> Bool {
        let deadline = ftf_boot_nanoseconds() + limit.nanoseconds
        while lock.withLock({ count }) < wanted {
            let left = deadline - ftf_boot_nanoseconds()
            guard left > 0 else { return false }
            _ = ftf_wait_readable_for(descriptor, left)
            ftf_fd_drain(descriptor)
        }
        return true
    }
}
