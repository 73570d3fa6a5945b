// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Synchronization

/// Held by an own thread whenever it does anything but sleep, so that fork()
/// finds it inside a system call: with no lock of malloc, the Swift runtime,
/// SQLite or OpenSSL in its hands, which nobody would open again in the child.
///
/// Whoever claims it is next, however soon the thread comes back for it: a
/// pthread mutex alone would let a busy thread in again and again.
final class WorkLock: Sendable {
    private let turn = Lock()
    private let work = Lock()
    // For assertions: the thread that is at work; 0 while it sleeps.
    private let owner = Atomic<UInt64>(0)

    /// For the thread: at work from now on.
    func enter() {
        turn.lock()
        work.lock()
        turn.unlock()
        assert(setOwner(footfall_thread_id()))
    }

    func leave() {
        assert(setOwner(0))
        work.unlock()
    }

    /// In debug builds: traps unless the calling thread is at work.
    func assertHeld() {
        assert(
            owner.load(ordering: .relaxed) == footfall_thread_id(),
            "this belongs to the thread that holds the work lock")
    }

    private func setOwner(_ thread: UInt64) -> Bool {
        owner.store(thread, ordering: .relaxed)
        return true
    }

    /// For fork: waits until the thread sleeps, at most until a time of
    /// CLOCK_MONOTONIC; whether it does. Ended by ``release()``.
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
