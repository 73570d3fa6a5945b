// SPDX-License-Identifier: MIT
@_spi(Sessions) import Footfall
import FootfallStore

/// Sessions as this plugin's documentation says: ``SessionRules`` on a store.
///
/// There are two copies of the state. `provisional` is what this process knows; the chain plans
/// with it. `state` is what the current transaction read and changed; it becomes
/// `provisional` when the transaction is stored. Pipeline's thread only.
final class StandardMode {
    private let configuration: SessionConfiguration
    private var rules: SessionRules
    private var provisional: SessionState
    private var state: SessionState
    /// The state that the current transaction read.
    private var loaded: SessionState
    /// Since when the foreground keeps the session alive, as of the last transaction.
    private var keptAliveSince: SessionMoment?
    private var ruling = SessionRuling()

    init(_ configuration: SessionConfiguration) {
        self.configuration = configuration
        rules = SessionRules(configuration)
        provisional = SessionState(configuration)
        state = provisional
        loaded = provisional
    }

    func configure(bootID: String) { rules.bootID = bootID }
}

// MARK: - In the chain

extension StandardMode {
    /// Attaches the id that this process knows.
    func attach(to event: inout Event, _ installation: Installation) {
        guard SessionMarkers.attachedID(event) == nil else { return }
        let takesID = SessionMarkers.takesID(event)
        event.isStampedProvisionally = takesID
        guard !event.hasGivenTimestamp else {
            if takesID { SessionMarkers.attach(-1, to: &event) }
            return
        }
        var copy = provisional
        let effect = rules.happen(.event(event), &copy, context(nil, installation))
        // The owner is left to the transaction, which could not take back a guess.
        if takesID { SessionMarkers.attach(effect.id ?? -1, to: &event) }
    }

    /// The markers that belong before an occurrence.
    func plan(for occurrence: Occurrence, _ installation: Installation) -> [Event] {
        rules.happen(occurrence, &provisional, context(nil, installation)).markers
    }

    /// Whether an occurrence begins or ends a session; changes nothing.
    func isTurn(_ occurrence: Occurrence, _ installation: Installation) -> Bool {
        var copy = provisional
        return !rules.happen(occurrence, &copy, context(nil, installation)).markers.isEmpty
    }

    private func context(
        _ transaction: TransactionState?, _ installation: Installation
    ) -> SessionRules.SessionContext {
        SessionRules.SessionContext(transaction: transaction, installation: installation)
    }
}

// MARK: - In the transaction

extension StandardMode {
    func begin(_ transaction: TransactionState) throws {
        state = try SessionRecord.read(transaction, configuration)
        state.session.keptAliveSince = keptAliveSince
        loaded = state
    }

    /// Decides an occurrence. The markers are planned again if others belong before it.
    func settle(
        _ occurrence: Occurrence, planned: [Event], _ transaction: TransactionState, _ installation: Installation
    ) throws -> Settlement {
        let effect = rules.happen(occurrence, &state, context(transaction, installation))
        let wanted = effect.markers
        guard Self.areEqual(wanted, planned) || wanted.isEmpty else { return .plan(wanted) }
        // Late events are matched with these rows; `end` writes only the last session.
        for session in [effect.ended, effect.began].compactMap({ $0 }) {
            try SessionRecord.record(session, in: transaction)
        }
        for over in effect.endedVisits {
            try transaction.count(SessionCounter.visits)
            if !over.visit.hasInteraction { try transaction.count(SessionCounter.emptyVisits) }
        }
        // A visit that begins and ends within one transaction is in no state that is written.
        if !effect.endedVisits.isEmpty {
            try transaction.leaveNoTraces()
            transaction.removeTraces()
        }
        ruling = SessionRuling()
        if case .event(let event) = occurrence {
            ruling.owner = effect.owner
            ruling.isNonInteraction = effect.isNonInteraction && event.isInteraction
            if event.isStampedProvisionally {
                let id = try effect.id ?? transaction.session(covering: event.timestamp) ?? -1
                if SessionMarkers.attachedID(event) != id { ruling.sessionId = id }
            }
        }
        if configuration.countsEvents {
            if !wanted.isEmpty { ruling.firstPlannedID = state.session.count(wanted.count) }
            if case .event = occurrence { ruling.eventID = state.session.count(1) }
        }
        return ruling.isEmpty ? .keep(withPlanned: !wanted.isEmpty) : .stamp(withPlanned: !wanted.isEmpty)
    }

    /// Puts the last decision on its event.
    func stamp(_ event: inout Event) { ruling.stamp(&event) }

    /// Puts the last decision on a marker before its event.
    func stampPlanned(_ event: inout Event, at index: Int) { ruling.stampPlanned(&event, at: index) }

    private var isVisitChanged: Bool {
        state.visits.visit?.anonymousId != loaded.visits.visit?.anonymousId
    }

    func end(_ transaction: TransactionState) throws {
        guard state != loaded else { return }
        if state.visits.visit != nil { try transaction.leaveNoTraces() }
        try SessionRecord.write(state, to: transaction)
        if loaded.visits.visit != nil, isVisitChanged { transaction.removeTraces() }
        guard state.session.lastID != loaded.session.lastID else { return }
        if state.session.lastID < loaded.session.lastID { try transaction.count(SessionCounter.idsSetBack) }
        try transaction.removeOldSessions()
    }

    func correct(_ correction: ClockCorrection, _ transaction: TransactionState) throws {
        try begin(transaction)
        state.session.correct(correction)
        state.visits.correct(correction)
        try end(transaction)
    }

    /// What a stored transaction made of the session and the visit.
    struct Stored {
        var sessionId: Int64?
        var visit: Visit?
        var isVisitChanged: Bool
        /// The visit that ended last, and the one that had ended before the transaction.
        var ended: VisitStateMachine.Ended?
        var endedBefore: VisitStateMachine.Ended?
    }

    /// The transaction is in the store: its state is what this process knows from here on.
    func committed() -> Stored {
        defer { loaded.visits = state.visits }
        provisional = state
        keptAliveSince = state.session.keptAliveSince
        return Stored(
            sessionId: state.session.session?.id, visit: state.visits.visit, isVisitChanged: isVisitChanged,
            ended: state.visits.ended, endedBefore: loaded.visits.ended)
    }

    /// Whether two lists have equal markers; the messageId differs each time one is made.
    private static func areEqual(_ left: [Event], _ right: [Event]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { a, b in
                a.event == b.event && a.timestamp == b.timestamp && a.anonymousId == b.anonymousId
                    && a.userId == b.userId && a.properties == b.properties
                    && SessionMarkers.attachedID(a) == SessionMarkers.attachedID(b)
            }
    }
}

// MARK: - Without an event

extension StandardMode {
    /// When idleness ends a visit, or a session with ``SessionConfiguration/endsWhenIdle``.
    var nextTime: Int64 {
        // An event called just now may still wait in another process's mailbox.
        func patient(_ time: Int64) -> Int64 { time > .max - Self.patience ? .max : time + Self.patience }
        let visit = patient(provisional.visits.nextTime(bootID: rules.bootID))
        guard configuration.endsWhenIdle, provisional.session.keptAliveSince == nil,
            let session = provisional.session.session, session.visitId == nil,
            session.last.bootID == rules.bootID
        else { return visit }
        let last = session.last
        let (time, overflow) = last.bootNanoseconds.addingReportingOverflow(configuration.limit.nanoseconds)
        return min(visit, overflow ? .max : patient(time))
    }

    /// The longest time that a call waits to be stored, in nanoseconds.
    private static let patience = Duration.seconds(1).nanoseconds
}
