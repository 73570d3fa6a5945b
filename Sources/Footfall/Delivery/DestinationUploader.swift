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
        machine = Self.machine(row, now: now, wall: wall)
        if queued > 0 { waitingSince = now }
    }

    /// The state of retries as it was left, by whomever.
    static func machine(_ row: DestinationRow?, now: Int64, wall: Timestamp) -> RetryStateMachine {
        row?.retry.flatMap { RetryRecord($0) }?.machine(now: now, wall: wall) ?? RetryStateMachine()
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

/// The part of a retry machine's state that outlives its process, as JSON text.
struct RetryRecord {
    var state: String
    var nextAttempt: Timestamp?
    /// Whether the server named that time.
    var isDemanded: Bool
    var failures: Int
    var lastError: String?

    init(_ machine: RetryStateMachine, now: Int64, wall: Timestamp) {
        state = machine.stateName
        isDemanded = machine.isDemanded
        failures = machine.failures
        lastError = machine.lastError.map(KeptText.cut)
        if machine.until > now {
            nextAttempt = Timestamp(milliseconds: wall.milliseconds + (machine.until - now) / 1_000_000)
        }
    }

    init?(_ text: String) {
        var text = text
        // A damaged record is as good as none.
        guard let value = text.withUTF8({ utf8 in try? JSONParser.parse(utf8) }), let object = value.objectValue else {
            return nil
        }
        state = object["state"]?.stringValue ?? "ready"
        nextAttempt = object["nextAttempt"]?.stringValue.flatMap { Timestamp($0) }
        isDemanded = object["isDemanded"]?.boolValue ?? false
        failures = Int(min(max(object["failures"]?.intValue ?? 0, 0), 1 << 30))
        lastError = object["lastError"]?.stringValue.map(KeptText.cut)
    }

    /// The text, or `nil` when there is nothing to remember.
    var text: String? {
        guard failures > 0 || nextAttempt != nil else { return nil }
        let object: JSONObject = [
            "state": .string(state), "nextAttempt": nextAttempt.map { .string($0.description) } ?? .null,
            "isDemanded": .bool(isDemanded), "failures": .int(Int64(failures)),
            "lastError": lastError.map { .string($0) } ?? .null,
        ]
        return object.text
    }

    /// The machine that goes on from here. A wait longer than any is cut: the
    /// clock was changed.
    func machine(now: Int64, wall: Timestamp) -> RetryStateMachine {
        let left = max((nextAttempt?.milliseconds ?? 0) - wall.milliseconds, 0)
        let longest =
            isDemanded
            ? RetryStateMachine.longestDemand
            : state == "waiting" ? RetryStateMachine.longestDelay : RetryStateMachine.blockedDelay
        let until = now + min(left, longest / 1_000_000) * 1_000_000
        return RetryStateMachine(
            restoring: state, until: until, isDemanded: isDemanded, failures: failures, lastError: lastError)
    }
}

extension RetryStateMachine {
    init(restoring name: String, until: Int64, isDemanded: Bool = false, failures: Int, lastError: String?) {
        self.init()
        restore(name, until, isDemanded: isDemanded, failures, lastError)
    }
}
