// SPDX-License-Identifier: MIT
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

    /// Locks unless that takes longer; whether it did.
    package func lock(within limit: Duration) -> Bool {
        if pthread_mutex_trylock(mutex) == 0 { return true }
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        let (seconds, attoseconds) = limit.components
        until.tv_sec += Int(seconds)
        until.tv_nsec += Int(attoseconds / 1_000_000_000)
        if until.tv_nsec >= 1_000_000_000 {
            until.tv_sec += 1
            until.tv_nsec -= 1_000_000_000
        }
        return pthread_mutex_timedlock(mutex, &until) == 0
    }

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
