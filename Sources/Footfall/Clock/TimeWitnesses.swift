// SPDX-License-Identifier: MIT

/// What servers said the time is, and when that is enough to move stored events.
/// Pure: no clock, no network.
///
/// A witness is a host: two destinations on one host have one clock. Where nobody
/// believes the boot one host is enough, after the others were asked. Against a boot
/// that is believed a host says it twice; where it would move times by more than a
/// day another host must agree, or, where there is no other, the same one an hour
/// later. Hosts that contradict each other move nothing, unless more agree than do not;
/// a boot that is believed is one of those who do not, where a host is on its side.
struct TimeWitnesses: Sendable {
    /// A day: what one host alone may move the time of a boot that is believed by; milliseconds.
    static let alone: Int64 = 86_400_000
    /// Between two answers of the only host that would move it further, and how long
    /// what a host said holds; nanoseconds.
    static let hour: Int64 = 3_600_000_000_000
    /// No answer names a time later than so long after the library's date; milliseconds.
    static let horizon: Int64 = 20 * 365_250 * 86_400
    /// So many questions that broke off say that the host takes none.
    private static let patience = 2

    /// What is believed before any server is heard.
    enum Belief: Sendable, Equatable {
        case nothing
        /// Milliseconds: wall time less the time since boot.
        case offset(Int64)
    }

    enum Verdict: Sendable, Equatable {
        /// It is as it is believed, or that is not enough.
        case nothing
        /// This is the offset of the boot.
        case moves(Int64)
    }

    /// What a host said, and goes on saying.
    struct Statement: Sendable, Equatable {
        var host: String
        var offset: Int64
        /// Nanoseconds since boot: of the first answer that said so, and of the last.
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
    /// Hosts that were asked in vain, and how many clocks were known then.
    private var silent: [String: Int] = [:]
    private var broken: [String: Int] = [:]
    /// What a host alone moved the time from and to: a further day is measured from there.
    private var moved: (from: Int64, to: Int64)?

    private static func isNear(_ left: Int64, _ right: Int64) -> Bool {
        distance(left, right) <= UInt64(ClockStateMachine.tolerance)
    }

    private static func distance(_ left: Int64, _ right: Int64) -> UInt64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? .max : difference.magnitude
    }

    /// Whether an answer's time can be one.
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
    ///   - isBroken: There was no answer at all; it may be asked again.
    ///   - clocks: How many clocks are known; when there is another it is asked again.
    mutating func heardNothing(from host: String, isBroken: Bool, clocks: Int) {
        broken[host, default: 0] += 1
        if isBroken, broken[host, default: 0] < Self.patience { return }
        broken[host] = nil
        silent[host] = clocks
    }

    /// The host to ask next: one of which nothing is known; `nil` when each has
    /// answered in this hour, or does not.
    func next(of hosts: [String], clocks: Int, at boot: Int64) -> String? {
        hosts.first { silent[$0] != clocks && !isFresh($0, boot) }
    }

    private func isFresh(_ host: String, _ boot: Int64) -> Bool {
        guard let said = statements[host] else { return false }
        let (age, overflow) = boot.subtractingReportingOverflow(said.last)
        return !overflow && age <= Self.hour
    }

    // MARK: - Judging

    /// Whether another host should be asked before anything is said of what is believed.
    func wantsAnother(of hosts: [String], belief: Belief, at boot: Int64) -> Bool {
        guard hosts.count > 1, case .offset(let believed) = belief else { return false }
        return fresh(hosts, boot).contains { !Self.isNear($0.offset, believed) }
    }

    /// What follows from all that was said.
    ///
    /// - Parameters:
    ///   - hosts: Those that are configured.
    ///   - isComplete: Whether nobody is left who could be asked.
    func verdict(of hosts: [String], belief: Belief, isComplete: Bool, at boot: Int64) -> Verdict {
        let said = fresh(hosts, boot)
        // Who has the most on his side speaks, and of those who spoke last.
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

    /// Two hosts that contradict each other, and nobody can say which is right.
    func dispute(of hosts: [String], at boot: Int64) -> Dispute? {
        let said = fresh(hosts, boot)
        for first in said {
            if let second = said.first(where: { !Self.isNear($0.offset, first.offset) }) {
                return Dispute(first: first, second: second)
            }
        }
        return nil
    }

    /// Whether hosts contradict each other and none of them is on the side of what is
    /// believed: then nobody could say that a time is right.
    func contests(_ belief: Belief, of hosts: [String], at boot: Int64) -> Bool {
        guard case .offset(let believed) = belief, dispute(of: hosts, at: boot) != nil else { return false }
        return fresh(hosts, boot).allSatisfy { !Self.isNear($0.offset, believed) }
    }

    /// The time was moved by what they said.
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
