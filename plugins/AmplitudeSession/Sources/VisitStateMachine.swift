// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall

/// One visitor of a shared device, from the beginning to the end.
package struct Visit: Sendable, Equatable {
    /// Its own anonymousId: no other visit has it.
    package var anonymousId: String
    /// Who the visitor said to be.
    package var userId: String?
    package var began: SessionMoment
    /// The last interaction; the beginning before the first, the end of a pause
    /// if that is later.
    package var last: SessionMoment
    /// Whether there was any interaction: without one a visit is only counted.
    package var hasInteraction = false
    /// Since when no idleness ends it: a film is playing.
    package var pausedSince: SessionMoment?

    init(anonymousId: String, at moment: SessionMoment) {
        self.anonymousId = anonymousId
        began = moment
        last = moment
    }
}

/// Decides when visits end, and what happens between them. Pure: no clock, no
/// timer, no store.
package struct VisitStateMachine: Sendable, Equatable {
    /// A visit that is over.
    ///
    /// Only the process that ended the visit knows its visitor, until the transaction is
    /// stored. A digest is kept, by which late events are recognised.
    package struct Ended: Sendable, Equatable {
        /// Has no ids if it was read from the store.
        package var visit: Visit
        /// The digest of the visit's anonymousId.
        package let digest: String
        package var reason: VisitEndReason
        /// When: of one that was left, its last activity and the limit.
        package var at: SessionMoment

        init(visit: Visit, digest: String? = nil, reason: VisitEndReason, at: SessionMoment) {
            self.visit = visit
            self.digest = digest ?? Self.digest(of: visit.anonymousId)
            self.reason = reason
            self.at = at
        }

        /// FNV-1a. An id is random, so nothing leads back from it.
        static func digest(of id: String) -> String {
            let hash = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
            return String(hash, radix: 16)
        }
    }

    /// After how much idleness a visit is over.
    package let limit: Duration
    /// How long a pause holds: whoever began it may have died.
    package static let longestPause = Duration.seconds(4 * 3_600)
    package internal(set) var visit: Visit?
    /// The boot in which attract mode was entered; `nil` outside of it.
    package internal(set) var attractBootID: String?
    /// The visit that ended last.
    package internal(set) var ended: Ended?

    package init(limit: Duration, visit: Visit? = nil, attractBootID: String? = nil, ended: Ended? = nil) {
        self.limit = limit
        self.visit = visit
        self.attractBootID = attractBootID
        self.ended = ended
    }

    /// Whether events are those of nobody: no session, no interaction.
    package func isAttracting(at moment: SessionMoment) -> Bool { visit == nil && attractBootID == moment.bootID }

    /// When idleness ends the visit; nanoseconds since boot, `Int64.max` for
    /// never or in another boot.
    package func nextTime(bootID: String) -> Int64 {
        guard let visit, visit.last.bootID == bootID else { return .max }
        let begin = visit.pausedSince.map { $0.bootNanoseconds &+ Self.longestPause.nanoseconds }
        let (time, overflow) = max(visit.last.bootNanoseconds, begin ?? .min)
            .addingReportingOverflow(limit.nanoseconds)
        return overflow ? .max : time
    }

    /// Whether idleness has ended the visit. A reboot ends one: nobody waits for it.
    ///
    /// - Parameter isNow: Whether the moment is this one, not that of something
    ///   which waited in a spool.
    private func isOver(_ visit: Visit, at moment: SessionMoment, isNow: Bool) -> Bool {
        if !isNow, visit.began.gap(to: moment) < .zero { return false }
        guard visit.last.bootID == moment.bootID else {
            // Of a boot that is over, from a spool: only the wall clock compares them.
            guard moment.isOfEarlierBoot else { return true }
            return visit.last.gap(to: moment) >= limit
        }
        // From the future, of one boot: somebody else wrote it.
        if isNow, visit.last.gap(to: moment) < .seconds(-3_600) { return true }
        return moment.bootNanoseconds >= nextTime(bootID: moment.bootID)
    }

    // MARK: - What happens

    /// Somebody came. One who did not leave has left.
    package mutating func begin(anonymousId: String, at moment: SessionMoment) -> Ended? {
        let left = timeReached(at: moment)
        // From a spool, of before the visit that is open.
        if let visit, visit.began.gap(to: moment) < .zero { return left }
        let before = left ?? end(nil, reason: .superseded, at: moment)
        visit = Visit(anonymousId: anonymousId, at: moment)
        attractBootID = nil
        return before
    }

    /// The visitor left. `id` is whom the caller means; `nil` is whoever is there.
    package mutating func end(_ id: String?, reason: VisitEndReason, at moment: SessionMoment) -> Ended? {
        guard let visit, id == nil || id == visit.anonymousId else { return nil }
        // From a spool, of before it began.
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

    /// Whether a moment is of before the visit.
    package func isBefore(_ visit: Visit, _ moment: SessionMoment) -> Bool { visit.began.gap(to: moment) < .zero }

    /// The visitor did something.
    package mutating func interacted(at moment: SessionMoment) {
        guard let visit else { return }
        if visit.last.gap(to: moment) > .zero { self.visit?.last = moment }
        self.visit?.hasInteraction = true
    }

    /// Idleness counts no more, or again from here on.
    package mutating func pause(isOn isPaused: Bool, at moment: SessionMoment) {
        guard let visit, !isBefore(visit, moment) else { return }
        if isPaused {
            self.visit?.pausedSince = visit.pausedSince ?? moment
        } else if visit.pausedSince != nil {
            self.visit?.pausedSince = nil
            if visit.last.gap(to: moment) > .zero { self.visit?.last = moment }
        }
    }

    /// What is shown is for nobody in particular, or is no more.
    package mutating func attract(isOn: Bool, at moment: SessionMoment) { attractBootID = isOn ? moment.bootID : nil }

    /// The visitor said who it is.
    package mutating func identify(_ userId: String?) {
        if let userId { visit?.userId = userId }
    }

    /// Whether an event of a visit that is over was made before it ended.
    package func isLate(_ anonymousId: String, at moment: SessionMoment) -> Bool {
        guard let ended, ended.digest == Ended.digest(of: anonymousId) else { return false }
        return moment.gap(to: ended.at) >= .zero
    }
}

extension VisitStateMachine {
    /// The time of a boot is known: moves what wall times there are.
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
