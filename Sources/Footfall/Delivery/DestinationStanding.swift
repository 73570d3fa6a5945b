// SPDX-License-Identifier: MIT
import FootfallJSON

/// How far one destination of this client is, as the report of a flush says it.
struct DestinationStanding {
    /// The destination's bit in the store.
    let id: Int64
    let name: String
    /// Events that wait, as the uploader knows; the store may know of later ones.
    var queued: Int64 = 0
    /// Until when no attempt is made unless there is news; see ``DestinationMachine/restsUntil``.
    var restsUntil = Int64.min
    /// Whether it is blocked or refuses: not even a flush changes that soon.
    var isAtRest = false
    /// Why events are left.
    var problem = ""
    /// When the next attempt is made, if it is not made at once.
    private(set) var nextAttempt: Timestamp?
    /// How long it is until then, in whole seconds.
    private var secondsLeft: Int64 = 0

    init(id: Int64, name: String) {
        self.id = id
        self.name = name
    }

    /// Notes the time of the next attempt.
    ///
    /// - Parameters:
    ///   - next: In nanoseconds since boot, like `now`.
    ///   - wall: Now.
    mutating func expect(_ next: Int64, now: Int64, wall: Timestamp) {
        let (left, isHuge) = next.subtractingReportingOverflow(now)
        guard !isHuge, left > 0 else { return }
        let milliseconds = left / 1_000_000
        nextAttempt = Timestamp(milliseconds: wall.milliseconds + milliseconds)
        // Rounded up: "in 0 s" would be at once.
        secondsLeft = (milliseconds + 999) / 1_000
    }

    /// One line for a report. It has no time for a destination at rest, which a flush tries at once.
    var line: String {
        guard queued > 0 else { return "\(name): events were stored meanwhile" }
        let text = "\(name): \(problem)"
        guard !isAtRest, let nextAttempt else { return text }
        return "\(text); next attempt at \(nextAttempt) (in \(secondsLeft) s)"
    }
}
