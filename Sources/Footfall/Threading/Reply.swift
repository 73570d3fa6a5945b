// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// One value that another thread will give.
final class Reply<Value: Sendable>: @unchecked Sendable {
    private let lock = Lock()
    private var value: Value?
    private let descriptor = footfall_eventfd()

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Gives the value; the first counts.
    func fulfil(_ value: Value) {
        lock.withLock { if self.value == nil { self.value = value } }
        footfall_eventfd_raise(descriptor)
    }

    /// The value when it is there.
    var current: Value? { lock.withLock { value } }

    /// Waits for it, at most so long.
    func wait(atMost limit: Duration = .seconds(1 << 30)) -> Value? {
        let until = footfall_boot_nanoseconds().addingReportingOverflow(max(limit.nanoseconds, 0))
        let deadline = until.overflow ? Int64.max : until.partialValue
        while true {
            if let value = current { return value }
            let left = deadline - footfall_boot_nanoseconds()
            guard left > 0 else { return nil }
            // Without a descriptor (the process has no more) it looks every millisecond.
            _ = footfall_wait_readable_for(descriptor, descriptor >= 0 ? left : min(left, 1_000_000))
        }
    }
}
