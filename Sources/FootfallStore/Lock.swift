// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// A pthread mutex.
///
/// `Synchronization.Mutex` takes three times as long here, and the thread sanitizer
/// reports false races with it. Forking needs ``lock(until:)`` and ``reinitialize()``,
/// which it does not have.
package final class Lock: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    @inline(__always)
    package func lock() { pthread_mutex_lock(mutex) }

    @inline(__always)
    package func unlock() { pthread_mutex_unlock(mutex) }

    /// Waits for the lock until `deadline`, in nanoseconds of CLOCK_MONOTONIC. A free lock
    /// is taken even after the deadline.
    ///
    /// - Returns: whether the lock is held now.
    package func lock(until deadline: Int64) -> Bool { ftf_mutex_lock_until(mutex, deadline) == 0 }

    @inline(__always)
    package func withLock<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Makes the lock free again. Only in a forked child: the thread that held the lock
    /// does not exist there.
    package func reinitialize() { pthread_mutex_init(mutex, nil) }
}
