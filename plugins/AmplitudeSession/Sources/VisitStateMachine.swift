// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall

/// One visitor's use of a shared device, from its beginning to its end.
package struct Visit: Sendable, Equatable {
    /// The visit's own anonymousId; no other visit has it.
    package var anonymousId: String
    /// The userId that the visitor was identified with.
    package var userId: String?
    package var began: SessionMoment
    /// The last interaction or, if later, the end of the last pause. Before the first
    /// interaction it is the beginning.
    package var last: SessionMoment
    /// Whether there was an interaction. A visit without one is only counted.
    package var hasInteraction = false
    /// Since when the idle timer is paused; `nil` when it runs.
    package var pausedSince: SessionMoment?

    init(anonymousId: String, at moment: SessionMoment) {
        self.anonymousId = anonymousId
        began = moment
        last = moment
    }
}

/// Decides when visits begin and end, and whether attract mode is on between them. Pure: no
/// clock, no timer, no store.
package struct VisitStateMachine: Sendable, Equatable {
    /// A visit that is over.
    ///
    /// Until the transaction is stored, the process that ended the visit knows its ids.
    /// Afterwards only a digest is kept, by which late events of the visit are recognised.
    package struct Ended: Sendable, Equatable {
        /// The visit; without ids if it was read from the store.
        package var visit: Visit
        /// The digest of the visit's anonymousId.
        package let digest: String
        package var reason: VisitEndReason
        /// When the visit ended. After a timeout it is the last activity plus the limit.
        package var at: SessionMoment

        init(visit: Visit, digest: String? = nil, reason: VisitEndReason, at: SessionMoment) {
            self.visit = visit
            self.digest = digest ?? Self.digest(of: visit.anonymousId)
            self.reason = reason
            self.at = at
        }

        /// FNV-1a. An id is random, so it cannot be found from its digest.
        static func digest(of id: String) -> String {
            let hash = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            return String(hash, radix: 16)
        }
    }

    /// How long a visit lives without an interaction.
    package let limit: Duration
    /// How long a pause lasts: the program that began it may have died.
    package static let longestPause = Duration.seconds(4 * 3_600)
    package internal(set) var visit: Visit?
    /// The boot in which attract mode was turned on; `nil` when it is off.
    package internal(set) var attractBootID: String?
    /// The visit that ended last.
    package internal(set) var ended: Ended?

    package init(limit: Duration, visit: Visit? = nil, attractBootID: String? = nil, ended: Ended? = nil) {
        self.limit = limit
        self.visit = visit
        self.attractBootID = attractBootID
        self.ended = ended
    }

    /// Whether attract mode is on: events have no session and count as no interaction.
    package func isAttracting(at moment: SessionMoment) -> Bool { visit == nil && attractBootID == moment.bootID }

    /// When idleness ends the visit, in nanoseconds since boot; `Int64.max` without a visit or
    /// in another boot.
    package func nextTime(bootID: String) -> Int64 {
        guard let visit, visit.last.bootID == bootID else { return .max }
        let begin = visit.pausedSince.map { $0.bootNanoseconds &+ Self.longestPause.nanoseconds }
        let (time, overflow) = max(visit.last.bootNanoseconds, begin ?? .min)
            .addingReportingOverflow(limit.nanoseconds)
        return overflow ? .max : time
    }

    /// Whether idleness or a reboot has ended the visit.
    ///
    /// - Parameter isNow: true for the current moment; false for the moment of an event that
    ///   may have waited in a spool.
    private func isOver(_ visit: Visit, at moment: SessionMoment, isNow: Bool) -> Bool {
        if !isNow, visit.began.gap(to: moment) < .zero { return false }
        guard visit.last.bootID == moment.bootID else {
            // An event of an earlier boot, from a spool: only the wall clock can compare them.
            guard moment.isOfEarlierBoot else { return true }
            return visit.last.gap(to: moment) >= limit
        }
        // A last interaction that is an hour ahead in the same boot is a wrong record.
        if isNow, visit.last.gap(to: moment) < .seconds(-3_600) { return true }
        return moment.bootNanoseconds >= nextTime(bootID: moment.bootID)
    }

    // MARK: - What happens

    /// Begins a visit, and returns the one that it ends.
    package mutating func begin(anonymousId: String, at moment: SessionMoment) -> Ended? {
        let left = timeReached(at: moment)
        // A call from a spool, made before the visit that is open.
        if let visit, visit.began.gap(to: moment) < .zero { return left }
        let before = left ?? end(nil, reason: .superseded, at: moment)
        visit = Visit(anonymousId: anonymousId, at: moment)
        attractBootID = nil
        return before
    }

    /// Ends the visit with an anonymousId, or with `nil` the one that is open.
    package mutating func end(_ id: String?, reason: VisitEndReason, at moment: SessionMoment) -> Ended? {
        guard let visit, id == nil || id == visit.anonymousId else { return nil }
        // A call from a spool, made before the visit began.
        if visit.began.gap(to: moment) < .zero { return nil }
        let over = Ended(visit: visit, reason: reason, at: moment)
        self.visit = nil
        ended = over
        return over
    }

    /// Ends the visit if it is over at a moment, and returns it.
    package mutating func timeReached(at moment: SessionMoment, isNow: Bool = false) -> Ended? {
        guard let visit, isOver(visit, at: moment, isNow: isNow) else { return nil }
        let over = Ended(visit: visit, reason: .timeout, at: visit.last.adding(limit))
        self.visit = nil
        ended = over
        return over
    }

    /// Whether a moment is before the visit began.
    package func isBefore(_ visit: Visit, _ moment: SessionMoment) -> Bool { visit.began.gap(to: moment) < .zero }

    /// Records an interaction.
    package mutating func interacted(at moment: SessionMoment) {
        guard let visit else { return }
        if visit.last.gap(to: moment) > .zero { self.visit?.last = moment }
        self.visit?.hasInteraction = true
    }

    /// Pauses the idle timer, or starts it again from zero.
    package mutating func pause(isOn isPaused: Bool, at moment: SessionMoment) {
        guard let visit, !isBefore(visit, moment) else { return }
        if isPaused {
            self.visit?.pausedSince = visit.pausedSince ?? moment
        } else if visit.pausedSince != nil {
            self.visit?.pausedSince = nil
            if visit.last.gap(to: moment) > .zero { self.visit?.last = moment }
        }
    }

    /// Turns attract mode on or off.
    package mutating func attract(isOn: Bool, at moment: SessionMoment) { attractBootID = isOn ? moment.bootID : nil }

    /// Records the userId that the visitor was identified with.
    package mutating func identify(_ userId: String?) {
        if let userId { visit?.userId = userId }
    }

    /// Whether an event of the last ended visit was made before that visit ended.
    package func isLate(_ anonymousId: String, at moment: SessionMoment) -> Bool {
        guard let ended, ended.digest == Ended.digest(of: anonymousId) else { return false }
        return moment.gap(to: ended.at) >= .zero
    }
}

extension VisitStateMachine {
    /// Moves the wall times when the true time of a boot becomes known.
    mutating func correct(_ correction: ClockCorrection) {
        func moved(_ moment: SessionMoment) -> SessionMoment {
            var moment = moment
            moment.wall = correction.corrected(moment.point)
            return moment
        }
        if let open = visit {
            visit?.began = moved(open.began)
            visit?.last = moved(open.last)
            visit?.pausedSince = open.pausedSince.map(moved)
        }
        if let over = ended { ended?.at = moved(over.at) }
    }
}
