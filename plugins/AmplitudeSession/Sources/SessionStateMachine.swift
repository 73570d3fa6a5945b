// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall
import FootfallStore

/// A moment, and what is known about its clock.
package struct SessionMoment: Sendable, Equatable {
    /// The point in time.
    package var point: Moment
    /// Whether the moment is of an earlier boot.
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

    /// Whether both are the same point in time; what is known about their clocks is not compared.
    package static func == (left: SessionMoment, right: SessionMoment) -> Bool { left.point == right.point }

    /// The time from this moment to another.
    ///
    /// Within a boot it is measured by the time since boot, which setting the clock does not
    /// change; across boots by the wall clock.
    package func gap(to later: SessionMoment) -> Duration {
        if bootID == later.bootID { return .nanoseconds(later.bootNanoseconds &- bootNanoseconds) }
        return .milliseconds(later.wall.milliseconds &- wall.milliseconds)
    }

    /// The moment that is later by a duration, on both clocks.
    package func adding(_ duration: Duration) -> SessionMoment {
        var later = self
        later.bootNanoseconds = bootNanoseconds &+ duration.nanoseconds
        later.wall = Timestamp(milliseconds: wall.milliseconds &+ duration.nanoseconds / 1_000_000)
        return later
    }
}

/// An open session.
package struct Session: Sendable, Equatable {
    /// When the session began, in milliseconds since 1970; above the id of every earlier session.
    package var id: Int64
    package var start: Timestamp
    /// When the session began, on both clocks.
    package var opened: SessionMoment
    /// The last event, on both clocks.
    package var last: SessionMoment
    /// The anonymousId of the session's last event.
    package var anonymousId: String
    package var userId: String?
    /// The anonymousId of the visit that the session belongs to; `nil` outside of visits.
    package var visitId: String?

    /// When the session ended, if it is over: at its last event, and never before its start.
    var end: Timestamp { max(last.wall, start) }
}

/// Decides which session an event belongs to. Pure: no clock, no store.
///
/// The rules:
/// - A gap of the limit or more ends a session, unless the foreground keeps it alive. So
///   does its greatest length.
/// - A gap is measured by ``SessionMoment/gap(to:)``.
/// - An event that is earlier than the last one joins the session.
/// - Ids only grow: an id is `max(time, last id + 1)`. The exception is an id more than a
///   day ahead of a trusted time: it was given while the clock was wrong, and the next id
///   starts from the time again.
package struct SessionStateMachine: Sendable, Equatable {
    /// How long a session lives without an event.
    package var limit: Duration
    /// How long a session lives at most; `nil` for no limit.
    package var maximumLength: Duration?
    /// The open session.
    package private(set) var session: Session?
    /// The highest id that was given so far; 0 at first.
    package private(set) var lastID: Int64
    /// Since when the foreground keeps the session alive; `nil` when it does not. It holds
    /// for this process only and is not stored.
    package var keptAliveSince: SessionMoment?
    /// The number of events so far, over all sessions.
    package private(set) var eventCount: Int64

    /// What an event does to the session.
    package enum Decision: Sendable, Equatable {
        /// The event belongs to the open session.
        case join(id: Int64)
        /// The event opens a session; the open one, if there is one, ends first.
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

    /// What an event at a moment would do; changes nothing.
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

    /// Whether the open session is over at a moment, by a gap or by its length.
    package func isOver(at moment: SessionMoment) -> Bool { session.map { !isOpen($0, at: moment) } ?? false }

    private func isOpen(_ session: Session, at moment: SessionMoment) -> Bool {
        // In the foreground only the gap before it counts. A session of a visit ends with the
        // visit, so its gaps do not count.
        let isOfVisit = session.visitId != nil
        let isLive = isOfVisit || gap(from: session.last, to: keptAliveSince ?? moment) < limit
        guard isLive || gap(from: session.last, to: moment) < limit else { return false }
        guard let maximumLength else { return true }
        return gap(from: session.opened, to: moment) < maximumLength
    }

    /// Whether an event would belong to the open session.
    func isJoined(at moment: SessionMoment, visitId: String? = nil) -> Bool {
        if case .join = decision(at: moment, visitId) { true } else { false }
    }

    /// What an event would do. A session of another visit than `visitId` ends.
    private func decision(at moment: SessionMoment, _ visitId: String?) -> Decision {
        let decision = decision(at: moment)
        guard case .join = decision, let open = session, open.visitId != visitId else { return decision }
        return .turn(ended: open, id: max(moment.wall.milliseconds, lastID &+ 1))
    }

    /// Decides the session of an event. A session of another visit than `visitId` ends.
    package mutating func event(
        at moment: SessionMoment, anonymousId: String, userId: String?, visitId: String? = nil
    ) -> Decision {
        let decision = decision(at: moment, visitId)
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
            // The wall clock went back at a reboot. The gap counts by boot time from here on;
            // otherwise the session would live until the clock has caught up.
            session?.last.bootNanoseconds = moment.bootNanoseconds
            session?.last.bootID = moment.bootID
        }
        // Otherwise the event comes late from another process, and the last moment stays.
    }

    /// Ends the open session without another, and returns it.
    package mutating func end() -> Session? {
        defer { session = nil }
        return session
    }

    /// The application came into the foreground, or was left. When it was left, the gap counts
    /// from here on, if the session was kept alive until now.
    package mutating func applicationChanged(keepsAlive: Bool, at moment: SessionMoment) {
        if keptAliveSince != nil, let session, isOpen(session, at: moment), gap(from: session.last, to: moment) > .zero
        {
            self.session?.last = moment
        }
        keptAliveSince = keepsAlive ? moment : nil
    }

    /// Counts events, and returns the number of the first of them.
    package mutating func count(_ events: Int) -> Int64 {
        let (sum, overflow) = eventCount.addingReportingOverflow(Int64(events))
        eventCount = overflow ? Int64(events) : sum
        return eventCount - Int64(events) + 1
    }

    /// Moves ids and times when the true time of a boot becomes known.
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
