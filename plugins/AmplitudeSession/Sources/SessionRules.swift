// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall

/// The session and the visit, as they stand.
struct SessionState: Equatable {
    var session: SessionStateMachine
    var visits: VisitStateMachine

    init(_ configuration: SessionConfiguration) {
        session = SessionStateMachine(limit: configuration.limit, maximumLength: configuration.maximumLength)
        visits = VisitStateMachine(limit: configuration.limit)
    }
}

/// What an occurrence does to a session.
struct SessionEffect {
    /// The events that belong before it.
    var markers: [Event] = []
    /// The id it gets, if it gets one; −1 is none at all.
    var id: Int64?
    /// Whose it is, where it was stamped as somebody else's.
    var owner: (anonymousId: String, userId: String?)?
    /// It is marked as nobody's doing.
    var isNonInteraction = false
    /// The session that is over.
    var ended: Session?
    /// The session that began.
    var began: Session?
    var endedVisits: [VisitStateMachine.Ended] = []
}

/// What occurrences do to a session and a visit. Pure: no clock, no store.
struct SessionRules {
    let configuration: SessionConfiguration
    let markers: SessionMarkers
    var bootID = SystemClock.system.bootID

    init(_ configuration: SessionConfiguration) {
        self.configuration = configuration
        markers = SessionMarkers(configuration)
    }

    /// What is known besides the state.
    struct SessionContext {
        /// `nil` outside of a transaction: then no clock is believed.
        var transaction: TransactionState?
        /// Who events are of outside of visits.
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

    /// Lets an occurrence happen to a state.
    func happen(_ occurrence: Occurrence, _ state: inout SessionState, _ context: SessionContext) -> SessionEffect {
        var effect = SessionEffect()
        switch occurrence {
        case .event(let event): take(event, &state, context, &effect)
        case .reset(let called):
            let moment = moment(called)
            if let over = state.visits.end(nil, reason: .reset, at: moment) { close(over, &state, &effect) }
            guard configuration.reset == .rotate else { break }
            // One of an earlier boot says nothing of a session that began since.
            if moment.isOfEarlierBoot, let start = state.session.session?.start, start > moment.wall { break }
            end(&state, &effect)
        case .session(let request, let moment, let anonymousId, let userId):
            end(&state, &effect)
            guard request == .new else { break }
            let now = self.moment(moment)
            let visit = state.visits.visit
            // Somebody asked for it to be marked, so it is more than a count.
            state.visits.interacted(at: now)
            open(
                at: now, visit?.anonymousId, visit?.anonymousId ?? anonymousId, visit.map(\.userId) ?? userId, &state,
                &effect)
        case .application(let change, let moment):
            // Whoever shows something for passers-by shows it no more.
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

    /// A visit is over, and the session with it that it had.
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

    /// Whether an event came with an id that is not the open session's: it is
    /// left alone, and leaves the session alone.
    private func isForeign(_ event: Event, _ state: SessionState) -> Bool {
        guard !event.isStampedProvisionally, let id = SessionMarkers.attachedID(event) else { return false }
        return id != state.session.session?.id
    }

    private func take(
        _ event: Event, _ state: inout SessionState, _ context: SessionContext, _ effect: inout SessionEffect
    ) {
        guard !event.hasGivenTimestamp, !isForeign(event, state) else { return }
        var now = moment(event)
        now.isTrusted = context.isTrusted(now)
        if let over = state.visits.timeReached(at: now) { close(over, &state, &effect) }
        if let visit = state.visits.visit {
            guard !event.isAutomatic else { return effect.id = -1 }
            // It waited while another process let this visit begin: it stays whose it was.
            if state.visits.isBefore(visit, now), event.visitId != visit.anonymousId { return }
            return take(event, of: visit, at: now, context.installation, &state, &effect)
        }
        if let visitId = event.visitId {
            // Made before its visit ended, somewhere else: the session that covers it.
            if state.visits.isLate(visitId, at: now) { return }
            effect.owner = owner(event, from: visitId, context.installation)
        }
        if state.visits.isAttracting(at: now) {
            effect.id = -1
            effect.isNonInteraction = true
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
            // Nobody did it: it belongs to the session, if there is one, and lengthens nothing.
            let isOpen = state.session.session?.visitId == visit.anonymousId
            effect.id = isOpen ? state.session.session?.id : -1
            return
        }
        if event.type == .identify || event.type == .alias, !event.hasOwnAnonymousId {
            state.visits.identify(event.userId)
        }
        state.visits.interacted(at: now)
        // Whatever its events say of themselves, the session is the visit's.
        let userId = state.visits.visit?.userId
        join(at: now, visit.anonymousId, visit.anonymousId, userId, &state, &effect)
    }

    /// Whom an event is of, but for what its caller or a plugin said.
    ///
    /// - Parameter stamped: The anonymousId that it was stamped with.
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
