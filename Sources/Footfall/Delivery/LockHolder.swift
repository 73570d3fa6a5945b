// SPDX-License-Identifier: MIT
import FootfallStore

/// What a process knows of the process that delivers for a destination: itself, another, or
/// none because the lock cannot be used. Pure.
///
/// Invariant: while another process delivers, its lock is tried again at ``nextLook``; it is
/// asked once for each flush that waits.
struct LockHolder: Sendable {
    private var isOwn = false
    /// Why the lock cannot be used: this process must not deliver then.
    private(set) var problem: StoreError?
    /// When to try the lock again; `Int64.min` for at once.
    private(set) var nextLook = Int64.min
    private var delay = LockHolder.shortestDelay
    /// When the other process was asked to deliver, or the later end of its wait; how many events waited then, and how many
    /// of its attempts had failed: `nil` until that could be read.
    private var asked: (at: Int64, queued: Int64, failures: Int?)?

    /// A process that was killed does not say so: its lock is tried after growing delays…
    static let shortestDelay = Duration.milliseconds(500).nanoseconds
    static let longestDelay = Duration.seconds(30).nanoseconds
    /// …or as often as this while a call waits.
    static let delayWhileWaitedFor = Duration.milliseconds(50).nanoseconds
    /// A process that was asked and delivered nothing for so long does not answer. The time until
    /// its next attempt does not count.
    static let patience = Duration.seconds(2).nanoseconds

    /// This process had the lock already.
    mutating func holds() { isOwn = true }

    /// This process took the lock.
    mutating func won() {
        self = LockHolder()
        isOwn = true
    }

    /// Another process has the lock, or it cannot be used.
    ///
    /// - Parameters:
    ///   - queued: How many events wait.
    ///   - failures: Attempts of the other process since its last success; `nil` if the store cannot be read.
    /// - Returns: whether the problem is to be reported, and whether that process is to be asked.
    mutating func isElsewhere(
        _ problem: StoreError?, isWaitedFor: Bool, queued: Int64, failures: Int?, at now: Int64
    ) -> (reports: Bool, asks: Bool) {
        let isNews = problem != nil && problem != self.problem
        isOwn = false
        self.problem = problem
        delay = min(delay * 2, Self.longestDelay)
        nextLook = now + (isWaitedFor ? Self.delayWhileWaitedFor : delay)
        guard isWaitedFor, asked == nil, queued > 0, problem == nil else { return (isNews, false) }
        asked = (now, queued, failures)
        return (isNews, true)
    }

    /// What the other process said of its next attempt: until then its silence is no sign.
    ///
    /// - Parameter time: When it makes its next attempt; `nil` if it is not known to wait.
    mutating func waits(until time: Int64?, at now: Int64) {
        guard let at = asked?.at else { return }
        asked?.at = time.map { max(at, $0) } ?? min(at, now)
    }

    /// The holder may have ended.
    mutating func lookAtOnce() { nextLook = .min }

    /// Another call waits for a flush.
    mutating func askAgain() { asked = nil }

    /// Whether the other process was asked and does nothing.
    func isUnanswered(at now: Int64, queued: Int64) -> Bool {
        guard let asked, !isOwn else { return false }
        return now - asked.at > Self.patience && queued >= asked.queued
    }

    /// Notes how many attempts of the other process have failed, if that could be read.
    ///
    /// The first number that is read counts as the one of when it was asked: which of the attempts
    /// came before is not known.
    ///
    /// - Returns: whether it has tried since it was asked, and failed.
    mutating func hasFailed(_ failures: Int?) -> Bool {
        guard let asked, let failures else { return false }
        guard let before = asked.failures else {
            self.asked?.failures = failures
            return false
        }
        return failures > 0 && failures != before
    }

    /// Why this process does not deliver; `nil` when it does, or the other was not asked.
    ///
    /// - Parameters:
    ///   - name: The other process, as it says itself.
    ///   - failure: Why the other process does not deliver, if it is known.
    func obstacle(named name: () -> String?, failure: String?) -> String? {
        guard !isOwn else { return nil }
        if let problem { return "\(problem)" }
        if let failure { return "process \(name() ?? "?") delivers for it: \(failure)" }
        return asked.map { _ in "process \(name() ?? "?") delivers for it and does not answer" }
    }
}
