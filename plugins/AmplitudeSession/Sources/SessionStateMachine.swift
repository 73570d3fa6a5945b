// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall
import FootfallStore

/// A moment, and what is known of its clock.
package struct SessionMoment: Sendable, Equatable {
    /// The point in time.
    package var point: Moment
    /// Whether its boot is over.
    package var isOfEarlierBoot: Bool
    /// Whether the wall time is believed.
    package var isTrusted = false

    /// The wall time, as the event carries it.
    package var wall: Timestamp {
        get { point.wall }
        set { point.wall = newValue }
    }
    /// Nanoseconds since boot, counting suspend.
    package var bootNanoseconds: Int64 {
        get { point.bootNanoseconds }
        set { point.bootNanoseconds = newValue }
    }
    /// The boot of the moment.
    package var bootID: String {
        get { point.bootID }
        set { point.bootID = newValue }
    }

    /// Makes a moment whose clock is not believed yet.
    package init(_ point: Moment, isOfEarlierBoot: Bool = false) {
        self.point = point
        self.isOfEarlierBoot = isOfEarlierBoot
    }

    /// Makes a moment from the readings of both clocks.
    package init(wall: Timestamp, bootNanoseconds: Int64, bootID: String, isOfEarlierBoot: Bool = false) {
        self.init(
            Moment(wall: wall, bootNanoseconds: bootNanoseconds, bootID: bootID), isOfEarlierBoot: isOfEarlierBoot)
    }

    /// Whether both are the same point in time, whatever is known of their clocks.
    package static func == (left: SessionMoment, right: SessionMoment) -> Bool { left.point == right.point }

    /// The time from this to another: by boot time within a boot, which no step
    /// of the clock touches, and by wall time across boots.
    package func gap(to later: SessionMoment) -> Duration {
        if bootID == later.bootID { return .nanoseconds(later.bootNanoseconds &- bootNanoseconds) }
        return .milliseconds(later.wall.milliseconds &- wall.milliseconds)
    }

    /// So much later, on both clocks.
    package func adding(_ duration: Duration) -> SessionMoment {
        var later = self
        later.bootNanoseconds = bootNanoseconds &+ duration.nanoseconds
        later.wall = Timestamp(milliseconds: wall.milliseconds &+ duration.nanoseconds / 1_000_000)
        return later
    }
}

/// A session as it stands.
package struct Session: Sendable, Equatable {
    /// Milliseconds since 1970 when it began; always above that of any earlier one.
    package var id: Int64
    package var start: Timestamp
    /// When it began, on both clocks.
    package var opened: SessionMoment
    /// The last event, on both clocks.
    package var last: SessionMoment
    /// Who it belongs to, as of its last event.
    package var anonymousId: String
    package var userId: String?
    /// The visit it belongs to: that one's anonymousId.
    package var visitId: String?
}

/// Decides which session an event belongs to. Pure: no clock, no store.
///
/// An id more than a day ahead of a time that is believed is not carried on: it
/// was given while the clock was wrong, and is the one case where ids go back.
///
/// The rules: a gap of the limit or more ends a session, unless it is kept alive
/// in the foreground; so does its greatest length. A gap is taken by boot
/// time within a boot, which a step of the clock does not touch, and by wall
/// time across boots. An event from before the last one joins the session. Ids
/// never go back: `max(time, last id + 1)`.
package struct SessionStateMachine: Sendable, Equatable {
    /// How long a session lives without an event.
    package var limit: Duration
    /// How long it lives at most; `nil` for as long as there are events.
    package var maximumLength: Duration?
    /// The open session.
    package private(set) var session: Session?
    /// The highest id that was ever given; 0 at first.
    package private(set) var lastID: Int64
    /// Since when no gap ends the session, the application being in the
    /// foreground. Of this process only; not stored.
    package var keptAliveSince: SessionMoment?
    /// How many events were counted, over all sessions.
    package private(set) var eventCount: Int64

    /// What an event does.
    package enum Decision: Sendable, Equatable {
        /// It belongs to the open session.
        case join(id: Int64)
        /// It opens a session; the one before, if there was one, ends first.
        case turn(ended: Session?, id: Int64)
    }

    package init(
        limit: Duration, maximumLength: Duration? = nil, session: Session? = nil, lastID: Int64 = 0,
        eventCount: Int64 = 0
    ) {
        self.limit = limit
        self.maximumLength = maximumLength
        self.session = session
        self.lastID = max(lastID, session?.id ?? 0)
        self.eventCount = max(eventCount, 0)
    }

    /// What an event would do.
    package func decision(at moment: SessionMoment) -> Decision {
        if let session, isOpen(session, at: moment), !isTooFarAhead(session.id, at: moment) {
            return .join(id: session.id)
        }
        let isReset = isTooFarAhead(lastID, at: moment)
        return .turn(
            ended: session, id: isReset ? moment.wall.milliseconds : max(moment.wall.milliseconds, lastID &+ 1))
    }

    private func isTooFarAhead(_ id: Int64, at moment: SessionMoment) -> Bool {
        moment.isTrusted && id &- moment.wall.milliseconds > SessionTable.longestLead
    }

    /// Whether a gap, or its length, has ended the session.
    package func isOver(at moment: SessionMoment) -> Bool { session.map { !isOpen($0, at: moment) } ?? false }

    private func isOpen(_ session: Session, at moment: SessionMoment) -> Bool {
        // In the foreground it counts how long it was left before that.
        // A visit's idleness is the visit's to judge; it ends the session with it.
        let isOfVisit = session.visitId != nil
        let isLive = isOfVisit || gap(from: session.last, to: keptAliveSince ?? moment) < limit
        guard isLive || gap(from: session.last, to: moment) < limit else { return false }
        guard let maximumLength else { return true }
        return gap(from: session.opened, to: moment) < maximumLength
    }

    /// Decides the session of an event, which ends a session of another visit than `visitId`.
    package mutating func event(
        at moment: SessionMoment, anonymousId: String, userId: String?, visitId: String? = nil
    ) -> Decision {
        var decision = decision(at: moment)
        if case .join = decision, let open = session, open.visitId != visitId {
            decision = .turn(ended: open, id: max(moment.wall.milliseconds, lastID &+ 1))
        }
        switch decision {
        case .join:
            join(moment, anonymousId, userId)
        case .turn(_, let id):
            lastID = id
            session = Session(
                id: id, start: moment.wall, opened: moment, last: moment, anonymousId: anonymousId, userId: userId,
                visitId: visitId)
        }
        return decision
    }

    private mutating func join(_ moment: SessionMoment, _ anonymousId: String, _ userId: String?) {
        guard let last = session?.last else { return }
        if gap(from: last, to: moment) >= .zero {
            session?.last = moment
            session?.anonymousId = anonymousId
            session?.userId = userId
        } else if last.bootID != moment.bootID, !moment.isOfEarlierBoot {
            // The clock is behind since a boot: from here on boot time counts,
            // or the session would live until the clock has caught up.
            session?.last.bootNanoseconds = moment.bootNanoseconds
            session?.last.bootID = moment.bootID
        }
        // Otherwise it comes late, from another process, and moves nothing back.
    }

    /// The session is over without an event that follows; the one that was open.
    package mutating func end() -> Session? {
        defer { session = nil }
        return session
    }

    /// The application came into the foreground, or was left: then the gap
    /// counts from here on, if the session was kept alive until now.
    package mutating func applicationChanged(keepsAlive: Bool, at moment: SessionMoment) {
        if keptAliveSince != nil, let session, isOpen(session, at: moment), gap(from: session.last, to: moment) > .zero
        {
            self.session?.last = moment
        }
        keptAliveSince = keepsAlive ? moment : nil
    }

    /// Counts so many events; the number of the first of them.
    package mutating func count(_ events: Int) -> Int64 {
        let (sum, overflow) = eventCount.addingReportingOverflow(Int64(events))
        eventCount = overflow ? Int64(events) : sum
        return eventCount - Int64(events) + 1
    }

    /// The time of a boot is known: moves ids and times.
    mutating func correct(_ correction: ClockCorrection) {
        func moved(_ moment: SessionMoment) -> SessionMoment {
            var moment = moment
            moment.wall = correction.corrected(moment.point)
            return moment
        }
        if var session {
            session.last = moved(session.last)
            if let id = correction.sessionIds[session.id] {
                session.id = id
                session.opened = moved(session.opened)
                session.start = session.opened.wall
            }
            self.session = session
        }
        if correction.sessionIds[lastID] != nil { lastID = correction.lastSessionId }
        lastID = max(lastID, session?.id ?? 0)
    }

    private func gap(from earlier: SessionMoment, to later: SessionMoment) -> Duration { earlier.gap(to: later) }
}
