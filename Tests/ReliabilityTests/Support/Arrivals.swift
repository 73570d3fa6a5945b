// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// Counts events, which a test can wait for.
final class Arrivals: @unchecked Sendable {
    private let lock = Lock()
    private var count = 0
    private let descriptor = footfall_eventfd()

    deinit { close(descriptor) }

    func add(_ more: Int) {
        lock.withLock { count += more }
        footfall_eventfd_raise(descriptor)
    }

    /// False when so many did not come within the limit.
    func wait(for wanted: Int, atMost limit: Duration) -> Bool {
        let deadline = footfall_boot_nanoseconds() + limit.nanoseconds
        while lock.withLock({ count }) < wanted {
            let left = deadline - footfall_boot_nanoseconds()
            guard left > 0 else { return false }
            _ = footfall_wait_readable_for(descriptor, left)
            footfall_fd_drain(descriptor)
        }
        return true
    }
}
