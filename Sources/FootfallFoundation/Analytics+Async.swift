// SPDX-License-Identifier: MIT
import Footfall
import Foundation

// The calls that wait, for a task: they wait on a thread of their own and block none of those on
// which tasks run. In an `async` function the compiler prefers these.
extension Analytics {
    /// Stores and delivers what was called, and suspends the task until everything is delivered, nothing
    /// more can be delivered in time, or the time is over.
    ///
    /// Cancelling the task does not end the wait.
    ///
    /// - Parameter timeout: The longest wait.
    /// - Returns: what was delivered, and why not the rest.
    public func flush(timeout: Duration) async -> FlushReport {
        await Self.onOwnThread { self.flush(timeout: timeout) }
    }

    /// Stores everything that was called, ends the client's threads, and suspends the task meanwhile.
    ///
    /// Cancelling the task does not end the wait.
    ///
    /// - Parameter timeout: The longest wait. A short one loses nothing: what is not stored by then is in
    ///   the spool, and the next start stores it.
    /// - Returns: whether everything is stored.
    @discardableResult
    public func close(timeout: Duration = .seconds(2)) async -> Bool {
        await Self.onOwnThread { self.close(timeout: timeout) }
    }

    private static func onOwnThread<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: body()) }
        }
    }
}
