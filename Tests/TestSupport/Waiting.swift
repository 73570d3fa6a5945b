// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore

/// Asks every millisecond whether something has happened. False: it did not happen
/// within the limit, which is long, so that a busy machine fails no test.
package func poll(atMost limit: Duration = .seconds(60), _ hasHappened: () throws -> Bool) rethrows -> Bool {
    let deadline = ftf_boot_nanoseconds() + limit.nanoseconds
    while ftf_boot_nanoseconds() < deadline {
        if try hasHappened() { return true }
        _ = ftf_wait_readable_for(-1, 1_000_000)
    }
    return try hasHappened()
}

/// Lets time pass where the time itself is what a test is about: a process that is
/// killed at a random moment, or that must do nothing for a while. To wait for
/// something there is `poll`.
package func letPass(_ duration: Duration) { letPass(until: ftf_boot_nanoseconds() + duration.nanoseconds) }

/// Lets time pass until a moment, in nanoseconds since boot.
package func letPass(until moment: Int64) {
    while true {
        let left = moment - ftf_boot_nanoseconds()
        guard left > 0 else { return }
        _ = ftf_wait_readable_for(-1, left)
    }
}
