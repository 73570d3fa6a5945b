// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// A value that another thread provides once.
final class Reply<Value: Sendable>: @unchecked Sendable {
    private let lock = Lock()
    // Protected by lock.
    private var value: Value?
    private var promise = Promise.open
    private let descriptor = ftf_eventfd()

    private enum Promise {
        /// The work may still be left undone.
        case open
        /// The work is at its last step: the value comes.
        case certain
        /// The caller was told that the work is not done.
        case givenUp
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Provides the value. Later values are ignored.
    func fulfil(_ value: Value) {
        lock.withLock { if self.value == nil { self.value = value } }
        ftf_eventfd_raise(descriptor)
    }

    /// The value, if it was provided.
    var current: Value? { lock.withLock { value } }

    /// Whether the caller does not wait any more: the work must not be done.
    var isGivenUp: Bool { lock.withLock { promise == .givenUp } }

    /// Before the last step of the work, which must not be done after the caller was told
    /// that it is not. After `true` the caller waits for the value beyond its time limit.
    ///
    /// - Returns: whether the caller still waits.
    func makeCertain() -> Bool {
        lock.withLock {
            if promise == .open { promise = .certain }
            return promise == .certain
        }
    }

    /// Ends the wait of a caller whose time is over.
    ///
    /// - Returns: `nil` if the work is not done and will not be; otherwise the value, which
    ///   is waited for while the last step takes place.
    func giveUp() -> Value? {
        let isUndone = lock.withLock {
            if promise == .open, value == nil { promise = .givenUp }
            return promise == .givenUp
        }
        return isUndone ? nil : wait()
    }

    /// Waits for the value, at most so long.
    ///
    /// - Parameter other: Another descriptor: when it can be read the wait ends, too. Negative for none.
    func wait(atMost limit: Duration = .seconds(1 << 30), orReadable other: Int32 = -1) -> Value? {
        let until = ftf_boot_nanoseconds().addingReportingOverflow(max(limit.nanoseconds, 0))
        let deadline = until.overflow ? Int64.max : until.partialValue
        while true {
            if let value = current { return value }
            let left = deadline - ftf_boot_nanoseconds()
            guard left > 0 else { return nil }
            // If the process had no descriptor left, it looks every millisecond.
            let most = descriptor >= 0 ? left : min(left, 1_000_000)
            guard other >= 0 else {
                _ = ftf_wait_readable_for(descriptor, most)
                continue
            }
            let ready = ftf_wait_readable_either(descriptor, other, most)
            if ready > 0, ready & 2 != 0 { return current }
        }
    }
}
