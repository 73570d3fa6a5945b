// SPDX-License-Identifier: MIT
import FootfallStore

/// One destination on the uploader's thread: its events, its retries, and the
/// batch that is under way.
final class DestinationUploader {
    let name: String
    let outbox: DestinationQueue
    let delivery: any Delivery
    /// The host of its address, if what that says is verified.
    let verifiedHost: String?
    let lock: UploaderLock
    var machine: RetryStateMachine

    /// Events before it, as last heard.
    var queued: Int64
    /// Since when something waits; nanoseconds since boot.
    var waitingSince: Int64?
    /// It delivers until nothing is left.
    var isDraining = false
    /// Somebody asked for everything to be delivered, until nothing is left.
    var isDemanded = false
    /// Likewise, while an attempt was under way: whatever comes of that one, another follows.
    var isAskedAgain = false
    var inFlight: InFlight?
    /// The batch behind that one, read while the server works.
    var ahead: DeliveryBatch?
    /// Why it must not use the network now.
    var refusal: String?
    /// What came of a batch and is not in the store yet: before it is, nothing
    /// else is tried, or the same events would go out again and again.
    var unsettled: Unsettled?
    /// The store refused something; nothing is tried before this time.
    var pausedUntil = Int64.min
    /// Another process delivers; when to look again.
    var foreignUntil: Int64?
    /// How long it waited for that the last time.
    var foreignDelay = DestinationUploader.shortestForeignDelay
    static let shortestForeignDelay = Duration.milliseconds(500).nanoseconds
    static let longestForeignDelay = Duration.seconds(30).nanoseconds
    /// Why its lock cannot be used: this process must not deliver then.
    var lockProblem: StoreError?
    /// When this process asked that one, and how much there was then.
    var asked: (at: Int64, queued: Int64)?

    /// A batch on its way. An answer is recognised by its tag.
    struct InFlight {
        var batch: DeliveryBatch
        var tag: UInt64
        var bytes = 0
        var sent = 0
        /// The host that is asked for the time before the batch is tried.
        var timeHost: String?
        /// Where it takes several requests.
        var progress: DeliveryProgress?
    }

    struct Unsettled {
        var action: RetryStateMachine.Action
        var inFlight: InFlight
        var error: String?
    }

    init(
        name: String, outbox: DestinationQueue, delivery: any Delivery, lock: UploaderLock, row: DestinationRow?,
        now: Int64,
        wall: Timestamp
    ) {
        self.name = name
        self.outbox = outbox
        self.delivery = delivery
        let address = delivery.address.flatMap { $0.hasPrefix("https://") ? $0 : nil }
        verifiedHost = address.flatMap { Endpoint.host(of: $0) }
        self.lock = lock
        queued = row?.queued ?? 0
        machine = RetryRecord.machine(of: row, now: now, wall: wall)
        if queued > 0 { waitingSince = now }
    }

    /// Begins to drain when enough came, something waited long enough, or
    /// somebody waits for it; the last only, unless it delivers `byItself`.
    func considerDraining(flushAt: Int, interval: Int64, now: Int64, isWaitedFor: Bool, byItself: Bool = true) {
        guard queued > 0, byItself || isWaitedFor else {
            waitingSince = nil
            return
        }
        if isWaitedFor { isDraining = true }
        waitingSince = waitingSince ?? now
        let isOld = interval > 0 && now - (waitingSince ?? now) >= interval
        if queued >= Int64(flushAt) || isOld || machine.suspectsUntil ?? .max <= now { isDraining = true }
    }

    /// When it wants to be looked at again.
    func deadline(interval: Int64) -> Int64 {
        if inFlight != nil { return .max }
        if unsettled != nil { return pausedUntil }
        if isDraining { return max(machine.nextAttempt, foreignUntil ?? .min, pausedUntil) }
        guard queued > 0 else { return .max }
        let again = machine.suspectsUntil ?? .max
        guard interval > 0, let waitingSince else { return again }
        let (due, isNever) = waitingSince.addingReportingOverflow(interval)
        return isNever ? again : min(due, again)
    }

    /// Whether nothing more can be expected soon.
    var isSettled: Bool {
        guard inFlight == nil, unsettled == nil else { return false }
        if queued <= 0 || refusal != nil || lockProblem?.isUnusable == true { return true }
        switch machine.state {
        case .blocked: return true
        // What is behind the suspects is still tried.
        case .refusing: return machine.suspectsUntil == nil || !isDraining
        case .ready, .waiting: return false
        }
    }
}
