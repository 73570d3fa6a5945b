// SPDX-License-Identifier: MIT
import Glibc

/// Something that threads wait for, as often as it is raised.
package final class Signal: @unchecked Sendable {
    private let semaphore: UnsafeMutablePointer<sem_t>

    package init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    package func raise() { sem_post(semaphore) }

    /// False when it is not raised within a minute.
    package func wait() -> Bool {
        var until = timespec()
        clock_gettime(CLOCK_REALTIME, &until)
        until.tv_sec += 60
        while sem_timedwait(semaphore, &until) != 0 { guard errno == EINTR else { return false } }
        return true
    }
}
