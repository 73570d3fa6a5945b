// SPDX-License-Identifier: MIT
import FootfallStore

/// The part of a ``RetryStateMachine`` that the store keeps for the next process, as JSON text.
struct RetryRecord {
    var state: String
    /// In wall time: the time since boot means nothing after the next boot.
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
        // A record that cannot be read counts as none: the destination is tried at once.
        guard let value = text.withUTF8({ utf8 in try? JSONParser.parse(utf8) }), let object = value.objectValue else {
            return nil
        }
        state = object["state"]?.stringValue ?? "ready"
        nextAttempt = object["nextAttempt"]?.stringValue.flatMap { Timestamp($0) }
        isDemanded = object["isDemanded"]?.boolValue ?? false
        failures = Int(min(max(object["failures"]?.intValue ?? 0, 0), 1 << 30))
        lastError = object["lastError"]?.stringValue.map(KeptText.cut)
    }

    /// The text; `nil` for a machine in its first state, which needs no record.
    var text: String? {
        guard failures > 0 || nextAttempt != nil else { return nil }
        let object: JSONObject = [
            "state": .string(state), "nextAttempt": nextAttempt.map { .string($0.description) } ?? .null,
            "isDemanded": .bool(isDemanded), "failures": .int(Int64(failures)),
            "lastError": lastError.map { .string($0) } ?? .null,
        ]
        return object.text
    }

    /// The machine as it was recorded. A wait longer than the longest that a machine makes
    /// is cut to that: the wall clock was changed.
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

    /// The machine that a destination's row records; a new one where it records none.
    static func machine(of row: DestinationRow?, now: Int64, wall: Timestamp) -> RetryStateMachine {
        row?.retry.flatMap { RetryRecord($0) }?.machine(now: now, wall: wall) ?? RetryStateMachine()
    }
}
