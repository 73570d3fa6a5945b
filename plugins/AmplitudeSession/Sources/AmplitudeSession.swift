// SPDX-License-Identifier: MIT
import Footfall

/// Gives each event its session id, for Amplitude, and marks where sessions
/// begin and end.
///
/// ```swift
/// analytics.add(plugin: AmplitudeSession(name: "Amplitude"))
/// ```
///
/// The id (milliseconds since 1970) is put into
/// `integrations["Actions Amplitude"].session_id`, beside what is there, and
/// kept in the store under `analytics_session_id`. All processes of a store
/// share one session. A new one is opened by the first event after 30 minutes
/// (or another limit) without any: `session_end` and `session_start` come right
/// before it, with their own ids and times.
///
/// An event that carries a `session_id` keeps it; one with a timestamp that the
/// caller gave gets the session that covers its time, or −1.
public final class AmplitudeSession: TransactionPlugin {
    /// Segment's browser plugin ends a session after 30 minutes.
    public static let defaultLimit = Duration.seconds(1_800)

    public let type = PluginType.enrichment
    /// What the session's destination is called, for people.
    public let name: String
    /// How long a session lives without an event.
    public let sessionLimit: Duration
    private var bootID = ""
    private weak var analytics: Analytics?

    /// What this process knows; the store knows better.
    private var provisional: SessionStateMachine
    /// Of the transaction under way.
    private var machine: SessionStateMachine
    private var loaded: SessionStateMachine
    private var ruling: Int64 = -1

    /// - Parameters:
    ///   - limit: How long a session lives without an event; a gap of exactly
    ///     the limit ends it. The default is 30 minutes.
    public init(name: String = "Amplitude", limit: Duration = AmplitudeSession.defaultLimit) {
        self.name = name
        sessionLimit = limit
        provisional = SessionStateMachine(limit: limit)
        machine = provisional
        loaded = provisional
    }

    /// From a configuration's `"session": {"limit": "30m"}`.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        let limit = try object.duration("limit") ?? Self.defaultLimit
        guard limit > .zero else { throw object.error("limit", "it must be above 0") }
        try object.finish()
        self.init(limit: limit)
    }

    public func configure(analytics: Analytics) {
        self.analytics = analytics
        bootID = analytics.configuration.clock.bootID
    }

    private func moment(_ event: Event) -> SessionMoment {
        SessionMoment(
            wall: event.timestamp, bootNanoseconds: event.bootNanoseconds, bootID: event.bootID ?? bootID)
    }

    /// Whether an event came with an id that is not the open session's: it is
    /// left alone, and leaves the session alone.
    private func isForeign(_ event: Event, _ machine: SessionStateMachine) -> Bool {
        guard !event.isStampedProvisionally, let id = SessionMarkers.attachedID(event) else { return false }
        return id != machine.session?.id
    }
}

// MARK: - In the chain

extension AmplitudeSession {
    /// Attaches the id as far as it is known; the transaction has the last word.
    public func execute(_ event: inout Event) -> Verdict {
        guard SessionMarkers.attachedID(event) == nil, SessionMarkers.takesID(event) else { return .keep }
        event.isStampedProvisionally = true
        guard !event.hasGivenTimestamp else {
            SessionMarkers.attach(-1, to: &event)
            return .keep
        }
        switch provisional.decision(at: moment(event)) {
        case .join(let id), .turn(_, let id): SessionMarkers.attach(id, to: &event)
        }
        return .keep
    }

    public func plan(for occurrence: Occurrence) -> [Event] { happen(occurrence, &provisional).markers }

    public func isTurn(_ occurrence: Occurrence) -> Bool {
        var copy = provisional
        return !happen(occurrence, &copy).markers.isEmpty
    }

    /// Lets an occurrence happen to a state: the markers that belong before it,
    /// and the id it gets, if it gets one.
    private func happen(_ occurrence: Occurrence, _ machine: inout SessionStateMachine) -> (
        markers: [Event], id: Int64?
    ) {
        switch occurrence {
        case .reset: return (machine.end().map { [SessionMarkers.end(of: $0)] } ?? [], nil)
        case .event(let event):
            guard !event.hasGivenTimestamp, !isForeign(event, machine) else { return ([], nil) }
            switch machine.event(at: moment(event), anonymousId: event.anonymousId, userId: event.userId) {
            case .join(let id): return ([], id)
            case .turn(let ended, let id):
                let end = ended.map { [SessionMarkers.end(of: $0)] } ?? []
                return (end + [SessionMarkers.start(id: id, with: event)], id)
            }
        }
    }
}

// MARK: - In the transaction

extension AmplitudeSession {
    public func begin(_ state: TransactionState) throws {
        machine = try SessionRecord.read(state, limit: sessionLimit)
        loaded = machine
    }

    public func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement {
        let (markers, decided) = happen(occurrence, &machine)
        guard Self.areEqual(markers, planned) || markers.isEmpty else { return .plan(markers) }
        let withPlanned = !markers.isEmpty
        guard case .event(let event) = occurrence, event.isStampedProvisionally else {
            return .keep(withPlanned: withPlanned)
        }
        ruling = try decided ?? state.session(covering: event.timestamp) ?? -1
        return SessionMarkers.attachedID(event) == ruling
            ? .keep(withPlanned: withPlanned) : .stamp(withPlanned: withPlanned)
    }

    public func stamp(_ event: inout Event) { SessionMarkers.attach(ruling, to: &event) }

    public func end(_ state: TransactionState) throws {
        guard machine != loaded else { return }
        try SessionRecord.write(machine, to: state)
        if machine.lastID != loaded.lastID { try state.removeOldSessions() }
    }

    public func committed() {
        provisional = machine
        analytics?.publish(sessionId: machine.session?.id)
    }

    /// Whether two lists say the same: markers made twice differ in their messageId only.
    private static func areEqual(_ left: [Event], _ right: [Event]) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { a, b in
                a.event == b.event && a.timestamp == b.timestamp && a.anonymousId == b.anonymousId
                    && a.userId == b.userId && SessionMarkers.attachedID(a) == SessionMarkers.attachedID(b)
            }
    }
}
