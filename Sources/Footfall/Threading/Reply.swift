// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// A value that another thread provides once.
final class Reply<Value: Sendable>: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock.
    private var value: Value?
    private let descriptor = footfall_eventfd()

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Provides the value. Later values are ignored.
    func fulfil(_ value: Value) {
        lock.withLock { if self.value == nil { self.value = value } }
        footfall_eventfd_raise(descriptor)
    }

    /// The value, if it was provided.
    var current: Value? { lock.withLock { value } }

    /// Waits for the value, at most so long.
    ///
    /// - Parameter other: Another descriptor: when it can be read the wait ends, too. Negative for none.
    func wait(atMost limit: Duration = .seconds(1 << 30), orReadable other: Int32 = -1) -> Value? {
        let until = footfall_boot_nanoseconds().addingReportingOverflow(max(limit.nanoseconds, 0))
        let deadline = until.overflow ? Int64.max : until.partialValue
        while true {
            if let value = current { return value }
            let left = deadline - footfall_boot_nanoseconds()
            guard left > 0 else { return nil }
            // If the process had no descriptor left, it looks every millisecond.
            let most = descriptor >= 0 ? left : min(left, 1_000_000)
            guard other >= 0 else {
                _ = footfall_wait_readable_for(descriptor, most)
                continue
            }
            let ready = footfall_wait_readable_either(descriptor, other, most)
            if ready > 0, ready & 2 != 0 { return current }
        }
    }
}
