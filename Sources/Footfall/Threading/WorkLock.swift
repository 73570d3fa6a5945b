// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Synchronization

/// A thread of the client holds this lock unless it sleeps. fork() claims the lock, so it
/// finds the thread inside a system call, holding no lock of malloc, the Swift runtime,
/// SQLite or OpenSSL; in the child such a lock would stay locked forever.
///
/// A claim is next in line, however soon the thread comes back: with a pthread mutex alone
/// a busy thread would get the lock again and again.
final class WorkLock: Sendable {
    private let turn = Lock()
    private let work = Lock()
    // For assertions: the thread that is at work; 0 while it sleeps.
    private let owner = Atomic<UInt64>(0)

    /// The thread works from here on.
    func enter() {
        turn.lock()
        work.lock()
        turn.unlock()
        assert(setOwner(ftf_thread_id()))
    }

    func leave() {
        assert(setOwner(0))
        work.unlock()
    }

    /// In debug builds: traps unless the calling thread is at work.
    func assertHeld() {
        assert(
            owner.load(ordering: .relaxed) == ftf_thread_id(),
            "this belongs to the thread that holds the work lock")
    }

    private func setOwner(_ thread: UInt64) -> Bool {
        owner.store(thread, ordering: .relaxed)
        return true
    }

    /// For fork: waits until the thread sleeps, at most until a time of CLOCK_MONOTONIC. Ended
    /// by ``release()``.
    ///
    /// - Returns: whether the thread sleeps.
    func claim(until deadline: Int64) -> Bool {
        guard turn.lock(until: deadline) else { return false }
        defer { turn.unlock() }
        return work.lock(until: deadline)
    }

    func release() { work.unlock() }

    /// In a forked child, where the thread does not exist.
    func reinitialize() {
        turn.reinitialize()
        work.reinitialize()
        owner.store(0, ordering: .relaxed)
    }
}
