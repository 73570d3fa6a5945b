// SPDX-License-Identifier: MIT
import FootfallStore
import Synchronization

/// Whether the client was closed, and what became of that. From any thread; its lock is a leaf.
final class ClientEnd: @unchecked Sendable {
    private let closedFlag = Atomic(false)
    private let hasLateCall = Atomic(false)
    private let lock = Lock()
    // Protected by lock. Made late: it takes a descriptor.
    private var reply: Reply<Bool>?

    /// Whether ``Analytics/close(timeout:)`` was called.
    var isClosed: Bool { closedFlag.load(ordering: .acquiring) }

    /// The client is being closed.
    ///
    /// - Returns: what the pipeline answers, which all calls share, and whether this is the first call.
    func begin() -> (reply: Reply<Bool>, isFirst: Bool) {
        lock.withLock {
            closedFlag.store(true, ordering: .releasing)
            if let reply { return (reply, false) }
            let made = Reply<Bool>()
            reply = made
            return (made, true)
        }
    }

    /// A call came too late.
    ///
    /// - Returns: whether it is the first one.
    func noteLateCall() -> Bool { !hasLateCall.exchange(true, ordering: .relaxed) }

    /// In a forked child, where the thread that held the lock does not exist.
    func reinitializeInChild() { lock.reinitialize() }
}

extension Runtime {
    /// Before its end, a close keeps a quarter of its time for the call of the host's code that runs, and a quarter
    /// of a second at most.
    private static let longestReserve = Duration.milliseconds(250).nanoseconds

    /// Stores the calls so far, and ends the threads.
    ///
    /// No call of the host's code begins after it has returned; one that runs is waited for until the time is over.
    ///
    /// - Returns: whether everything was stored in time. The rest is in the spool.
    @discardableResult
    func close(within limit: Duration) -> Bool {
        let now = configuration.clock.boot()
        let time = max(limit.nanoseconds, 0)
        let (end, isEndless) = now.addingReportingOverflow(time)
        uploader.stop()
        let (reply, isFirst) = ending.begin()
        guard !isSpoolOnly, isRunning else {
            gate.shut()
            return mailbox.closeSpool()
        }
        if isFirst { mailbox.post(.close(reply)) }
        // It would wait for itself. The client ends once the plugin has returned.
        if isOnPipelineThread { return false }
        let answer = reply.wait(atMost: .nanoseconds(time - min(time / 4, Self.longestReserve)))
        gate.shut()
        func left() -> Duration { .nanoseconds(isEndless ? .max : max(end - configuration.clock.boot(), 0)) }
        let isStored = answer ?? reply.wait(atMost: left()) ?? false
        gate.waitForUploader(atMost: left())
        // What a destination has accepted would be delivered again if that is not recorded.
        if !gate.isOnUploaderThread { uploader.waitForEnd(atMost: left()) }
        // Otherwise exit() waits for it.
        if uploader.hasEnded { ProcessHooks.shared.remove(self) }
        return isStored
    }

    /// A call came after the client was closed: it has no effect. The host is told once.
    ///
    /// - Parameter events: How many events are dropped.
    func refuseLateCall(events: Int64 = 0) {
        if events > 0 { statistics.count(stored: 0, drops: [.closed: events]) }
        guard ending.noteLateCall() else { return }
        report(ending.isClosed ? .calledAfterClose : .forkedInCall)
    }

    /// Counts an event that was refused before the mailbox got it.
    func countDrop(_ reason: DropReason) {
        if !mailbox.countDrop(reason) { refuseLateCall(events: 1) }
    }
}

extension FootfallError {
    static let calledAfterClose = FootfallError(
        .closed, "a call came after the client was closed: it is dropped, and so are all that follow; close it last")

    /// Reported to a forked child whose copy of the client is not whole.
    static let forkedInCall = FootfallError(
        .closed, "this process was forked while another thread called the client: it records nothing")
}
