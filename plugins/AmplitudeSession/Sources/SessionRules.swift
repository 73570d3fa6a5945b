// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall

/// The state of the session and the visit.
struct SessionState: Equatable {
    var session: SessionStateMachine
    var visits: VisitStateMachine

    init(_ configuration: SessionConfiguration) {
        session = SessionStateMachine(limit: configuration.limit, maximumLength: configuration.maximumLength)
        visits = VisitStateMachine(limit: configuration.limit)
    }
}

/// What an occurrence does to a session and a visit.
struct SessionEffect {
    /// The events that belong before the occurrence.
    var markers: [Event] = []
    /// The session id of the event; −1 for outside of any session, `nil` to leave it as it is.
    var id: Int64?
    /// The identity of the event, if it was stamped with another one.
    var owner: (anonymousId: String, userId: String?)?
    /// Whether the event is marked `nonInteraction`.
    var isNonInteraction = false
    /// The session that ended.
    var ended: Session?
    /// The session that began.
    var began: Session?
    var endedVisits: [VisitStateMachine.Ended] = []
}

/// Decides what occurrences do to a session and a visit. Pure: no clock, no store.
struct SessionRules {
    let configuration: SessionConfiguration
    let markers: SessionMarkers
    var bootID = SystemClock.system.bootID

    init(_ configuration: SessionConfiguration) {
        self.configuration = configuration
        markers = SessionMarkers(configuration)
    }

    /// What the rules need besides the state.
    struct SessionContext {
        /// `nil` outside of a transaction: then no clock is trusted.
        var transaction: TransactionState?
        /// The identity of events outside of visits.
        var installation: (anonymousId: String, userId: String?)

        func isTrusted(_ moment: SessionMoment) -> Bool {
            transaction?.isClockTrusted(moment.point) ?? false
        }
    }

    func moment(_ event: Event) -> SessionMoment {
        moment(
            Moment(
                wall: event.timestamp, bootNanoseconds: event.bootNanoseconds, bootID: event.bootID ?? bootID))
    }

    private func moment(_ moment: Moment) -> SessionMoment {
        SessionMoment(moment, isOfEarlierBoot: moment.bootID != bootID)
    }

    /// Applies an occurrence to a state.
    func happen(_ occurrence: Occurrence, _ state: inout SessionState, _ context: SessionContext) -> SessionEffect {
        var effect = SessionEffect()
        switch occurrence {
        case .event(let event): take(event, &state, context, &effect)
        case .reset(let called):
            let moment = moment(called)
            if let over = state.visits.end(nil, reason: .reset, at: moment) { close(over, &state, &effect) }
            guard configuration.reset == .rotate else { break }
            // A reset of an earlier boot does not end a session that began after it.
            if moment.isOfEarlierBoot, let start = state.session.session?.start, start > moment.wall { break }
            end(&state, &effect)
        case .session(let request, let moment, let anonymousId, let userId):
            end(&state, &effect)
            guard request == .new else { break }
            let now = self.moment(moment)
            let visit = state.visits.visit
            // The host asked for a session, so the visit is more than a count.
            state.visits.interacted(at: now)
            open(
                at: now, visit?.anonymousId, visit?.anonymousId ?? anonymousId, visit.map(\.userId) ?? userId, &state,
                &effect)
        case .application(let change, let moment):
            // A program that ends shows nothing any more.
            if change == .willTerminate { state.visits.attract(isOn: false, at: self.moment(moment)) }
            state.session.applicationChanged(
                keepsAlive: change == .becameActive && !configuration.expiresInForeground, at: self.moment(moment))
        case .visit(let call): take(call, &state, &effect)
        case .time(let moment):
            let now = self.moment(moment)
            if let over = state.visits.timeReached(at: now, isNow: true) { close(over, &state, &effect) }
            let isLeftOver = state.session.session?.visitId.map { $0 != state.visits.visit?.anonymousId } ?? false
            if isLeftOver || state.session.isOver(at: now) { end(&state, &effect) }
        }
        return effect
    }

    // MARK: - Visits

    private func take(_ call: VisitCall, _ state: inout SessionState, _ effect: inout SessionEffect) {
        let moment = moment(call.moment)
        var over: VisitStateMachine.Ended?
        switch call.change {
        case .begin(let anonymousId): over = state.visits.begin(anonymousId: anonymousId, at: moment)
        case .end(let id, let reason):
            over = state.visits.timeReached(at: moment) ?? state.visits.end(id, reason: reason, at: moment)
        case .pause(let isPaused):
            over = state.visits.timeReached(at: moment)
            state.visits.pause(isOn: isPaused, at: moment)
        case .attract(let isOn): state.visits.attract(isOn: isOn, at: moment)
        }
        if let over { close(over, &state, &effect) }
    }

    /// Notes that a visit ended, and ends its session.
    private func close(_ over: VisitStateMachine.Ended, _ state: inout SessionState, _ effect: inout SessionEffect) {
        effect.endedVisits.append(over)
        guard let session = state.session.session, session.visitId == over.visit.anonymousId else { return }
        end(&state, &effect, over)
    }

    private func end(
        _ state: inout SessionState, _ effect: inout SessionEffect, _ over: VisitStateMachine.Ended? = nil
    ) {
        guard let ended = state.session.end() else { return }
        effect.ended = ended
        if let marker = markers.end(of: ended, over) { effect.markers.append(marker) }
    }

    // MARK: - Events

    /// Whether the caller gave the event the id of another session. Such an event is not
    /// changed, and does not change the session.
    private func isForeign(_ event: Event, _ state: SessionState) -> Bool {
        guard !event.isStampedProvisionally, let id = SessionMarkers.attachedID(event) else { return false }
        return id != state.session.session?.id
    }

    private func take(
        _ event: Event, _ state: inout SessionState, _ context: SessionContext, _ effect: inout SessionEffect
    ) {
        // It is about another user, whatever its time is.
        guard !event.isForeign else { return effect.id = -1 }
        guard !event.hasGivenTimestamp, !isForeign(event, state) else { return }
        var now = moment(event)
        now.isTrusted = context.isTrusted(now)
        if let over = state.visits.timeReached(at: now) { close(over, &state, &effect) }
        if let visit = state.visits.visit {
            guard !event.isAutomatic else { return effect.id = -1 }
            // The event waited while another process began this visit: it keeps its identity.
            if state.visits.isBefore(visit, now), event.visitId != visit.anonymousId { return }
            return take(event, of: visit, at: now, context.installation, &state, &effect)
        }
        if let visitId = event.visitId {
            // The event was made before its visit ended, in another process: the session that
            // covers its time is looked up later.
            if state.visits.isLate(visitId, at: now) { return }
            effect.owner = owner(event, from: visitId, context.installation)
        }
        if state.visits.isAttracting(at: now) {
            effect.id = -1
            effect.isNonInteraction = true
            return
        }
        if event.isAutomatic, !configuration.automaticEventsOpenSession, !state.session.isJoined(at: now) {
            effect.id = -1
            return
        }
        let owner = effect.owner ?? (event.anonymousId, event.userId)
        join(at: now, nil, owner.anonymousId, owner.userId, &state, &effect)
    }

    private func take(
        _ event: Event, of visit: Visit, at now: SessionMoment,
        _ installation: (anonymousId: String, userId: String?), _ state: inout SessionState,
        _ effect: inout SessionEffect
    ) {
        if event.visitId != visit.anonymousId {
            effect.owner = owner(
                event, from: event.visitId ?? installation.anonymousId, (visit.anonymousId, visit.userId))
        }
        guard event.isInteraction else {
            // No interaction: the event joins the visit's session, if one is open, and does not
            // prolong it.
            let isOpen = state.session.session?.visitId == visit.anonymousId
            effect.id = isOpen ? state.session.session?.id : -1
            return
        }
        if event.type == .identify || event.type == .alias, !event.hasOwnAnonymousId {
            state.visits.identify(event.userId)
        }
        state.visits.interacted(at: now)
        // The session has the visit's identity, even if an event has another.
        let userId = state.visits.visit?.userId
        join(at: now, visit.anonymousId, visit.anonymousId, userId, &state, &effect)
    }

    /// The identity that an event should have; `nil` when it has it. What the caller or a
    /// plugin gave is kept.
    ///
    /// - Parameter stamped: The anonymousId that the event was stamped with.
    private func owner(
        _ event: Event, from stamped: String, _ current: (anonymousId: String, userId: String?)
    ) -> (anonymousId: String, userId: String?)? {
        guard event.hasOwnAnonymousId || event.anonymousId == stamped else { return nil }
        let owner = (
            anonymousId: event.hasOwnAnonymousId ? event.anonymousId : current.anonymousId,
            userId: event.hasOwnUserId ? event.userId : current.userId
        )
        let isSame =
            owner.anonymousId.isIdentical(to: event.anonymousId)
            && owner.userId.map(UTF8Key.init) == event.userId.map(UTF8Key.init)
        return isSame ? nil : owner
    }

    private func join(
        at now: SessionMoment, _ visitId: String?, _ anonymousId: String, _ userId: String?,
        _ state: inout SessionState, _ effect: inout SessionEffect
    ) {
        switch state.session.event(at: now, anonymousId: anonymousId, userId: userId, visitId: visitId) {
        case .join(let id): effect.id = id
        case .turn(let ended, _):
            if let ended {
                effect.ended = ended
                if let marker = markers.end(of: ended) { effect.markers.append(marker) }
            }
            began(&state, &effect)
        }
    }

    private func open(
        at now: SessionMoment, _ visitId: String?, _ anonymousId: String, _ userId: String?,
        _ state: inout SessionState, _ effect: inout SessionEffect
    ) {
        _ = state.session.event(at: now, anonymousId: anonymousId, userId: userId, visitId: visitId)
        began(&state, &effect)
    }

    private func began(_ state: inout SessionState, _ effect: inout SessionEffect) {
        guard let session = state.session.session else { return }
        effect.id = session.id
        effect.began = session
        if let marker = markers.start(of: session) { effect.markers.append(marker) }
    }
}
