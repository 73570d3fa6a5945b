// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// A pthread mutex.
///
/// `Synchronization.Mutex` is three times slower here and makes the thread
/// sanitizer report races that are none. A time limit and ``reinitialize()``
/// are what fork needs.
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

    /// Locks unless that takes until `deadline`, nanoseconds of
    /// CLOCK_MONOTONIC; whether it did. A lock that is free is always taken.
    package func lock(until deadline: Int64) -> Bool { footfall_mutex_lock_until(mutex, deadline) == 0 }

    @inline(__always)
    package func withLock<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Makes it an open lock again. Only in a forked child, where the thread
    /// that held it does not exist.
    package func reinitialize() { pthread_mutex_init(mutex, nil) }
}
