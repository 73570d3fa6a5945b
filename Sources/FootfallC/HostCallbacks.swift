// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Synchronization

/// The functions and the user pointer of one struct of the host. They are called through here only.
///
/// ``end()`` lets no call begin any more. `release` is called once, when that is so and no call runs.
/// There is no lock, so a forked child needs nothing.
final class HostCallbacks: @unchecked Sendable {
    typealias Release = @convention(c) (UnsafeMutableRawPointer?) -> Void

    let user: UnsafeMutableRawPointer?
    private let release: Release?
    /// Calls that run, times two; plus one once no call may begin.
    private let state = Atomic<Int>(0)
    private let isReleased = Atomic(false)
    /// The client, by which a thread knows whose callback it is in. It is set before the first call.
    private let client = Atomic<UnsafeRawPointer?>(nil)
    /// The next one in a client's list.
    let next = Atomic<UnsafeRawPointer?>(nil)

    init(_ user: UnsafeMutableRawPointer?, _ release: Release?) {
        self.user = user
        self.release = release
    }

    func belongs(to client: UnsafeRawPointer) { self.client.store(client, ordering: .releasing) }

    /// Calls one of the functions; `nil` when none may be called any more.
    func call<R>(_ body: (UnsafeMutableRawPointer?) -> R) -> R? {
        guard begin() else { return nil }
        var call = ftf_call()
        let client = client.load(ordering: .acquiring)
        let result = withUnsafeMutablePointer(to: &call) { call in
            ftf_call_begin(call, client)
            defer { ftf_call_end(call) }
            return body(user)
        }
        if state.subtract(2, ordering: .acquiringAndReleasing).newValue == 1 { releaseOnce() }
        return result
    }

    private func begin() -> Bool {
        var known = state.load(ordering: .acquiring)
        while known & 1 == 0 {
            let (isDone, now) = state.weakCompareExchange(
                expected: known, desired: known + 2, ordering: .acquiringAndReleasing)
            if isDone { return true }
            known = now
        }
        return false
    }

    /// Lets no call begin any more.
    func end() {
        let (before, after) = state.bitwiseOr(1, ordering: .acquiringAndReleasing)
        if before != after, after == 1 { releaseOnce() }
    }

    /// What `body` makes of the struct. When that fails, nothing is called, so the host's pointer is released.
    func making<R>(_ body: () throws(CallProblem) -> R) throws(CallProblem) -> R {
        do throws(CallProblem) {
            return try body()
        } catch {
            end()
            throw error
        }
    }

    /// Waits for the call that runs, after ``end()``. `release` follows it whenever it returns.
    ///
    /// - Parameter deadline: In nanoseconds since boot.
    /// - Returns: whether no call runs any more.
    func waitUntilIdle(until deadline: Int64) -> Bool {
        Polling.wait(until: deadline) { state.load(ordering: .acquiring) <= 1 }
    }

    private func releaseOnce() {
        guard !isReleased.exchange(true, ordering: .acquiringAndReleasing), let release else { return }
        // It is a callback as well: a call that would wait for it must not.
        var call = ftf_call()
        withUnsafeMutablePointer(to: &call) { call in
            ftf_call_begin(call, client.load(ordering: .acquiring))
            defer { ftf_call_end(call) }
            release(user)
        }
    }
}
