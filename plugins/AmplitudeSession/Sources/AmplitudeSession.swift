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
/// before it, with their own ids and times. See ``SessionConfiguration``.
///
/// An event that carries a `session_id` keeps it; one with a timestamp that the
/// caller gave gets the session that covers its time, or −1.
public final class AmplitudeSession: TransactionPlugin {
    public let type = PluginType.enrichment
    /// What the session's destination is called, for people.
    public let name: String
    public let configuration: SessionConfiguration
    /// Set in the mode of Segment's browser plugin; then nothing of the rest is used.
    let browser: BrowserMode?
    private let markers: SessionMarkers
    private var bootID = ""
    private weak var analytics: Analytics?
    /// What this process knows; the store knows better.
    private var provisional: SessionStateMachine
    /// Of the transaction under way.
    private var machine: SessionStateMachine
    private var loaded: SessionStateMachine
    /// Since when the application is in the foreground, as of the last transaction.
    private var keptAliveSince: SessionMoment?
    private var ruling = Ruling()

    /// What an occurrence does to a session.
    private struct Happening {
        /// The events that belong before it.
        var markers: [Event] = []
        /// The id it gets, if it gets one.
        var id: Int64?
        /// The session that is over.
        var ended: Session?
    }

    /// What the transaction decided for one event; `nil` leaves it as it is.
    private struct Ruling {
        var sessionID: Int64?
        var eventID: Int64?
        /// The number of the first event planned before it.
        var firstPlannedID: Int64?
    }

    public convenience init(
        name: String = "Amplitude", configuration: SessionConfiguration = SessionConfiguration()
    ) {
        self.init(name: name, mode: .standard(configuration))
    }

    /// - Parameters:
    ///   - limit: How long a session lives without an event; a gap of exactly
    ///     the limit ends it.
    public convenience init(name: String = "Amplitude", limit: Duration) {
        self.init(name: name, configuration: SessionConfiguration(limit: limit))
    }

    /// How sessions are cut.
    public enum Mode: Sendable {
        case standard(SessionConfiguration)
        /// As Segment's browser plugin cuts them; see ``AnalyticsJSSession``.
        case analyticsJS(AnalyticsJSSession.Options)
    }

    public init(name: String = "Amplitude", mode: Mode) {
        self.name = name
        switch mode {
        case .standard(let configuration):
            self.configuration = configuration
            browser = nil
        case .analyticsJS(let options):
            configuration = SessionConfiguration()
            browser = BrowserMode(options)
        }
        markers = SessionMarkers(configuration)
        provisional = SessionStateMachine(limit: configuration.limit, maximumLength: configuration.maximumLength)
        machine = provisional
        loaded = provisional
    }

    /// From a configuration's `session`; see ``SessionConfiguration/init(_:)``.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        self.init(configuration: try SessionConfiguration(configuration))
    }

    public func configure(analytics: Analytics) {
        self.analytics = analytics
        bootID = analytics.configuration.clock.bootID
    }

    private func moment(_ event: Event) -> SessionMoment {
        SessionMoment(
            wall: event.timestamp, bootNanoseconds: event.bootNanoseconds, bootID: event.bootID ?? bootID,
            isOfEarlierBoot: event.bootID != nil)
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
        if browser != nil {
            event.isStampedProvisionally = true
            return .keep
        }
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

    public var judgesApplication: Bool { browser == nil && !configuration.expiresInForeground }

    public func plan(for occurrence: Occurrence) -> [Event] { happen(occurrence, &provisional).markers }

    public func isTurn(_ occurrence: Occurrence) -> Bool {
        var copy = provisional
        return !happen(occurrence, &copy).markers.isEmpty
    }

    /// Lets an occurrence happen to a state.
    private func happen(_ occurrence: Occurrence, _ machine: inout SessionStateMachine) -> Happening {
        guard browser == nil else { return Happening() }
        switch occurrence {
        case .reset(let time, _, let boot):
            guard configuration.reset == .rotate else { return Happening() }
            // One of an earlier boot says nothing of a session that began since.
            if boot != nil, let start = machine.session?.start, start > time { return Happening() }
            let ended = machine.end()
            return Happening(markers: ended.flatMap { markers.end(of: $0) }.map { [$0] } ?? [], ended: ended)
        case .session(let wish, let moment, let anonymousId, let userId):
            let ended = machine.end()
            let end = ended.flatMap { markers.end(of: $0) }.map { [$0] } ?? []
            guard wish == .new else { return Happening(markers: end, ended: ended) }
            let now = SessionMoment(wall: moment.wall, bootNanoseconds: moment.bootNanoseconds, bootID: bootID)
            guard case .turn(_, let id) = machine.event(at: now, anonymousId: anonymousId, userId: userId) else {
                return Happening(markers: end, ended: ended)
            }
            let start = markers.start(id: id, at: moment.wall, anonymousId: anonymousId, userId: userId)
            return Happening(markers: end + (start.map { [$0] } ?? []), ended: ended)
        case .application(let change, let moment):
            machine.applicationChanged(
                change == .becameActive && !configuration.expiresInForeground,
                at: SessionMoment(wall: moment.wall, bootNanoseconds: moment.bootNanoseconds, bootID: bootID))
            return Happening()
        case .event(let event):
            guard !event.hasGivenTimestamp, !isForeign(event, machine) else { return Happening() }
            switch machine.event(at: moment(event), anonymousId: event.anonymousId, userId: event.userId) {
            case .join(let id): return Happening(id: id)
            case .turn(let ended, let id):
                let both = [ended.flatMap { markers.end(of: $0) }, markers.start(id: id, with: event)]
                return Happening(markers: both.compactMap { $0 }, id: id, ended: ended)
            }
        }
    }
}

// MARK: - In the transaction

extension AmplitudeSession {
    public func begin(_ state: TransactionState) throws {
        if let browser { return try browser.begin(state) }
        machine = try SessionRecord.read(state, configuration)
        machine.keptAliveSince = keptAliveSince
        loaded = machine
    }

    public func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement {
        if let browser { return browser.settle(occurrence) }
        let happening = happen(occurrence, &machine)
        let wanted = happening.markers
        guard Self.areEqual(wanted, planned) || wanted.isEmpty else { return .plan(wanted) }
        // Late events find it by this; only the last one is written in the end.
        if let ended = happening.ended {
            try state.recordSession(id: ended.id, start: ended.start, last: ended.last.wall)
        }
        ruling = Ruling()
        if case .event(let event) = occurrence, event.isStampedProvisionally {
            let id = try happening.id ?? state.session(covering: event.timestamp) ?? -1
            if SessionMarkers.attachedID(event) != id { ruling.sessionID = id }
        }
        if configuration.countsEvents {
            if !wanted.isEmpty { ruling.firstPlannedID = machine.count(wanted.count) }
            if case .event = occurrence { ruling.eventID = machine.count(1) }
        }
        let isRuled = ruling.sessionID != nil || ruling.eventID != nil
        return isRuled ? .stamp(withPlanned: !wanted.isEmpty) : .keep(withPlanned: !wanted.isEmpty)
    }

    public func stamp(_ event: inout Event) {
        if let browser { return browser.stamp(&event) }
        if let id = ruling.sessionID { SessionMarkers.attach(id, to: &event) }
        if let id = ruling.eventID { SessionMarkers.attach(eventID: id, to: &event) }
    }

    public func stampPlanned(_ event: inout Event, at index: Int) {
        if let id = ruling.firstPlannedID { SessionMarkers.attach(eventID: id + Int64(index), to: &event) }
    }

    public func end(_ state: TransactionState) throws {
        if let browser { return try browser.end(state) }
        guard machine != loaded else { return }
        try SessionRecord.write(machine, to: state)
        if machine.lastID != loaded.lastID { try state.removeOldSessions() }
    }

    public func committed() {
        if let browser { return browser.committed(analytics) }
        provisional = machine
        keptAliveSince = machine.keptAliveSince
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
