// SPDX-License-Identifier: MIT
import CSystem

/// Waits for what another thread does, in steps of 0.2 ms and without a lock: exit() of the host and the end of a
/// client wait so, where the other thread may not be there any more to wake them.
package enum Polling {
    /// - Parameters:
    ///   - deadline: In nanoseconds since boot; `Int64.max` for none.
    ///   - isOver: Called at once, and after each step.
    /// - Returns: whether it was over in time.
    @discardableResult
    package static func wait(until deadline: Int64, _ isOver: () -> Bool) -> Bool {
        while !isOver() {
            guard ftf_boot_nanoseconds() < deadline else { return false }
            _ = ftf_wait_readable_for(-1, 200_000)
        }
        return true
    }

    /// - Parameter limit: The longest wait.
    /// - Returns: whether it was over in time.
    @discardableResult
    package static func wait(atMost limit: Duration, _ isOver: () -> Bool) -> Bool {
        let (deadline, isEndless) = ftf_boot_nanoseconds().addingReportingOverflow(limit.nanoseconds)
        return wait(until: isEndless ? .max : deadline, isOver)
    }
}
