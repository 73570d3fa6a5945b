// SPDX-License-Identifier: MIT

/// Collects the times that servers name, and decides when they are enough to move the times
/// of stored events. Pure: no clock, no network.
///
/// A witness is a host: two destinations on one host have one clock.
/// - If this boot's clock is not believed, one host is enough, after the others were asked.
/// - If it is believed, a host must say its time twice. To move times by more than a day,
///   another host must agree; without another host, the same one must repeat it an hour later.
/// - Hosts that contradict each other move nothing, unless more agree than disagree. A
///   believed clock counts as one that disagrees, if a host agrees with it.
struct TimeWitnesses: Sendable {
    /// One host alone moves the time of a believed boot by a day at most; milliseconds.
    static let alone: Int64 = 86_400_000
    /// How long an answer is believed, and the time between the two answers of an only host
    /// that moves the time by more than a day; nanoseconds.
    static let hour: Int64 = 3_600_000_000_000
    /// An answer more than 20 years after the library's date is not believed; milliseconds.
    static let horizon: Int64 = 20 * 365_250 * 86_400
    /// A host counts as silent after so many requests without an answer.
    private static let patience = 2

    /// The time that is believed before any server answers.
    enum Belief: Sendable, Equatable {
        case nothing
        /// Milliseconds: wall time less the time since boot.
        case offset(Int64)
    }

    enum Verdict: Sendable, Equatable {
        /// Nothing changes: the belief is right, or the answers are not enough.
        case nothing
        /// The boot has this offset.
        case moves(Int64)
    }

    /// The time that a host names.
    struct Statement: Sendable, Equatable {
        var host: String
        var offset: Int64
        /// Nanoseconds since boot of the first answer with this offset, and of the last.
        var since: Int64
        var last: Int64
        var count = 1
    }

    /// Two hosts that contradict each other.
    struct Dispute: Sendable, Equatable {
        var first: Statement
        var second: Statement
    }

    private var statements: [String: Statement] = [:]
    /// Hosts that did not name a time, with the number of clocks that were known then.
    private var silent: [String: Int] = [:]
    /// How often in a row a host gave no answer.
    private var broken: [String: Int] = [:]
    /// The last move that rests on one host alone. The day that it may move is measured from `from`.
    private var moved: (from: Int64, to: Int64)?

    private static func isNear(_ left: Int64, _ right: Int64) -> Bool {
        distance(left, right) <= UInt64(ClockStateMachine.tolerance)
    }

    private static func distance(_ left: Int64, _ right: Int64) -> UInt64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? .max : difference.magnitude
    }

    /// Whether an answer's time is possible.
    static func isPossible(_ date: Timestamp, notBefore: Timestamp) -> Bool {
        let (latest, overflow) = notBefore.milliseconds.addingReportingOverflow(horizon)
        return date >= notBefore && (overflow || date.milliseconds <= latest)
    }

    // MARK: - Hearing

    /// A host named the time.
    mutating func hear(_ offset: Int64, from host: String, at boot: Int64) {
        broken[host] = nil
        silent[host] = nil
        guard var known = statements[host], Self.isNear(known.offset, offset) else {
            statements[host] = Statement(host: host, offset: offset, since: boot, last: boot)
            return
        }
        known.last = boot
        known.count &+= 1
        statements[host] = known
    }

    /// A host was asked and named no time.
    ///
    /// - Parameters:
    ///   - isBroken: There was no answer at all; the host may be asked again.
    ///   - clocks: How many clocks are known; a new one has the host asked again.
    mutating func heardNothing(from host: String, isBroken: Bool, clocks: Int) {
        broken[host, default: 0] += 1
        if isBroken, broken[host, default: 0] < Self.patience { return }
        broken[host] = nil
        silent[host] = clocks
    }

    /// The next host to ask: one without an answer; `nil` when each host has answered
    /// within the hour, or is silent.
    func next(of hosts: [String], clocks: Int, at boot: Int64) -> String? {
        hosts.first { silent[$0] != clocks && !isFresh($0, boot) }
    }

    private func isFresh(_ host: String, _ boot: Int64) -> Bool {
        guard let said = statements[host] else { return false }
        let (age, overflow) = boot.subtractingReportingOverflow(said.last)
        return !overflow && age <= Self.hour
    }

    // MARK: - Judging

    /// Whether another host should be asked before the belief is judged.
    func wantsAnother(of hosts: [String], belief: Belief, at boot: Int64) -> Bool {
        guard hosts.count > 1, case .offset(let believed) = belief else { return false }
        return fresh(hosts, boot).contains { !Self.isNear($0.offset, believed) }
    }

    /// What follows from all answers.
    ///
    /// - Parameters:
    ///   - hosts: The configured hosts.
    ///   - isComplete: Whether no host is left to ask.
    func verdict(of hosts: [String], belief: Belief, isComplete: Bool, at boot: Int64) -> Verdict {
        let said = fresh(hosts, boot)
        // The host with which most agree counts; of several, the one heard last.
        let ranked = said.map { one in (one, said.count { Self.isNear($0.offset, one.offset) }) }
        let best = ranked.max { $0.1 == $1.1 ? $0.0.last < $1.0.last : $0.1 < $1.1 }
        guard let (speaker, agreeing) = best else { return .nothing }
        let against = said.count - agreeing
        switch belief {
        case .nothing:
            guard agreeing > against else { return .nothing }
            return agreeing > 1 || isComplete ? .moves(speaker.offset) : .nothing
        case .offset(let believed):
            guard !Self.isNear(speaker.offset, believed) else { return .nothing }
            let own = said.contains { Self.isNear($0.offset, believed) } ? 1 : 0
            guard agreeing > against + own else { return .nothing }
            if agreeing > 1 { return .moves(speaker.offset) }
            guard speaker.count > 1 else { return .nothing }
            let anchor = moved.map { Self.isNear($0.to, believed) ? $0.from : believed } ?? believed
            if Self.distance(speaker.offset, anchor) <= UInt64(Self.alone) { return .moves(speaker.offset) }
            let (passed, overflow) = speaker.last.subtractingReportingOverflow(speaker.since)
            return hosts.count == 1 && (overflow || passed >= Self.hour) ? .moves(speaker.offset) : .nothing
        }
    }

    /// Two hosts that contradict each other, if there are any.
    func dispute(of hosts: [String], at boot: Int64) -> Dispute? {
        let said = fresh(hosts, boot)
        for first in said {
            if let second = said.first(where: { !Self.isNear($0.offset, first.offset) }) {
                return Dispute(first: first, second: second)
            }
        }
        return nil
    }

    /// Whether hosts contradict each other and none of them agrees with the belief:
    /// then no time is known to be right.
    func contests(_ belief: Belief, of hosts: [String], at boot: Int64) -> Bool {
        guard case .offset(let believed) = belief, dispute(of: hosts, at: boot) != nil else { return false }
        return fresh(hosts, boot).allSatisfy { !Self.isNear($0.offset, believed) }
    }

    /// The answers moved the time.
    mutating func hasMoved(to offset: Int64, of hosts: [String], belief: Belief, at boot: Int64) {
        let agreeing = fresh(hosts, boot).filter { Self.isNear($0.offset, offset) }
        guard case .offset(let believed) = belief, agreeing.count == 1,
            Self.distance(offset, believed) <= UInt64(Self.alone)
        else { return moved = nil }
        let from = moved.map { Self.isNear($0.to, believed) ? $0.from : believed } ?? believed
        moved = (from, offset)
    }

    private func fresh(_ hosts: [String], _ boot: Int64) -> [Statement] {
        hosts.compactMap { isFresh($0, boot) ? statements[$0] : nil }
    }
}
