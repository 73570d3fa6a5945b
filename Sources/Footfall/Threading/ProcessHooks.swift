// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Synchronization

/// What fork() and exit() of the host call, for all clients of the process.
final class ProcessHooks: @unchecked Sendable {
    static let shared = ProcessHooks()

    private let isExitHooked = Atomic(false)
    private let lock = Lock()
    // Protected by lock:
    private var runtimes: [WeakRuntime] = []
    private var isForkHooked = false
    /// The clients that were prepared for the fork that is under way.
    private var prepared: [(runtime: Runtime, hold: Runtime.ForkHold)] = []

    private struct WeakRuntime { weak var runtime: Runtime? }

    func add(_ runtime: Runtime) {
        lock.withLock {
            runtimes.removeAll { $0.runtime == nil }
            runtimes.append(WeakRuntime(runtime: runtime))
            if !isForkHooked {
                isForkHooked = ftf_atfork(prepareFork, resumeParent, resumeChild) == 0
                _ = ftf_at_exit(stopAtExit)
            }
        }
    }

    func remove(_ runtime: Runtime) {
        lock.withLock { runtimes.removeAll { $0.runtime == nil || $0.runtime === runtime } }
    }

    private var living: [Runtime] { runtimes.compactMap(\.runtime) }

    // MARK: - exit

    /// Takes no lock: the uploader calls this while it works, and fork, which holds the
    /// lock, waits for the uploader.
    func hookExit() {
        guard !isExitHooked.exchange(true, ordering: .relaxed) else { return }
        if ftf_at_exit(stopAtExit) != 0 { isExitHooked.store(false, ordering: .relaxed) }
    }

    /// Stores the calls so far, safe from a power cut, and ends the uploads, within 20 ms.
    /// Calls that other threads make meanwhile are in the spool.
    fileprivate func stopAll() {
        let runtimes = lock.withLock { living.filter { $0.isRunning && !$0.isOnPipelineThread } }
        let deadline = ftf_boot_nanoseconds() + Limits.exitWait.nanoseconds
        for runtime in runtimes { runtime.uploader.stop() }
        let replies: [Reply<FootfallError?>] = runtimes.compactMap { runtime in
            // What a closed client was called is stored, or in the spool. Its uploader may still record an outcome.
            if runtime.ending.isClosed { return nil }
            let reply = Reply<FootfallError?>()
            runtime.post(application: .willTerminate)
            return runtime.mailbox.post(.flush(reply, delivers: false)) ? reply : nil
        }
        for reply in replies { _ = reply.wait(atMost: .nanoseconds(max(deadline - ftf_boot_nanoseconds(), 0))) }
        for runtime in runtimes { runtime.pipeline.containment.exit() }
        for runtime in runtimes { Polling.wait(until: deadline) { runtime.uploader.hasEnded } }
    }

    // MARK: - fork

    fileprivate func prepare() {
        lock.lock()
        runtimes.removeAll { $0.runtime == nil }
        let begin = ftf_monotonic_nanoseconds()
        prepared = living.map { ($0, $0.prepareForFork(since: begin)) }
    }

    fileprivate func resumeInParent() {
        for (runtime, hold) in prepared { runtime.resumeInParent(hold) }
        prepared = []
        lock.unlock()
    }

    fileprivate func resumeInChild() {
        lock.reinitialize()
        for (runtime, hold) in prepared { runtime.resumeInChild(hold) }
        prepared = []
    }
}

private func prepareFork() { ProcessHooks.shared.prepare() }
private func resumeParent() { ProcessHooks.shared.resumeInParent() }
private func resumeChild() { ProcessHooks.shared.resumeInChild() }
private func stopAtExit() { ProcessHooks.shared.stopAll() }
