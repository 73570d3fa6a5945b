// SPDX-License-Identifier: MIT
@_spi(Sessions) @_spi(System) import Footfall
import FootfallStore
import Glibc

/// Gives each event the id of its session, for Amplitude, and marks where sessions begin
/// and end.
///
/// ```swift
/// analytics.add(plugin: AmplitudeSession(name: "Amplitude"))
/// ```
///
/// The id (milliseconds since 1970) is put into
/// `integrations["Actions Amplitude"].session_id`, beside what is there. It is kept in
/// the store under `analytics_session_id`, and all processes of a store share one session.
///
/// The first event after 30 minutes without one (or after another limit, see
/// ``SessionConfiguration``) opens a new session. `session_end` of the old session and
/// `session_start` of the new one are stored right before that event.
///
/// An event that has a `session_id` already keeps it. An event whose timestamp the caller
/// gave gets the session that covers its time, or −1.
public final class AmplitudeSession: TimerPlugin {
    /// It changes events.
    public let type = PluginType.enrichment
    /// The name of the session's destination; only shown.
    public let name: String
    /// How sessions are cut, marked and reset.
    package let configuration: SessionConfiguration
    /// Called when a visit ended in any process of the store, so that a host can return
    /// to its first screen.
    ///
    /// Set it before the plugin is added. It is called on the pipeline's thread, so it
    /// must not wait.
    public var onVisitEnd: (@Sendable (VisitEnd) -> Void)?
    /// Set in the mode of Segment's browser plugin, which uses none of the fields below.
    let browser: BrowserMode?
    private var rules: SessionRules
    private weak var analytics: Analytics?
    private var watch: VisitWatch?
    /// The state as this process knows it; other processes may have changed it in the store.
    private var provisional: SessionState
    /// The state inside the current transaction.
    private var state: SessionState
    private var loaded: SessionState
    /// Since when the application is in the foreground, as of the last transaction.
    private var keptAliveSince: SessionMoment?
    private var ruling = Ruling()
    private var installation: (anonymousId: String, userId: String?) = ("", nil)
    private var process = getpid()
    /// The visit that was open after the last transaction.
    private var openVisit: String?
    /// Whether the transaction under way changed the visit.
    private var isVisitChanged = false
    /// The end that the host was told of.
    private var toldEnd: String?

    /// What the transaction decided for one event; `nil` leaves it as it is.
    private struct Ruling {
        var sessionId: Int64?
        var eventID: Int64?
        var owner: (anonymousId: String, userId: String?)?
        var isNonInteraction = false
        /// The number of the first event planned before it.
        var firstPlannedID: Int64?

        var isEmpty: Bool { sessionId == nil && eventID == nil && owner == nil && !isNonInteraction }
    }

    /// Cuts sessions as a configuration says.
    ///
    /// - Parameters:
    ///   - name: The name of the session's destination; only shown.
    ///   - configuration: The default is a limit of 30 minutes.
    public convenience init(
        name: String = "Amplitude", configuration: SessionConfiguration = SessionConfiguration()
    ) {
        self.init(name: name, mode: .standard(configuration))
    }

    /// Cuts sessions by a limit, with every other default.
    ///
    /// - Parameters:
    ///   - name: The name of the session's destination; only shown.
    ///   - limit: How long a session lives without an event. A gap of exactly the limit
    ///     ends it.
    public convenience init(name: String = "Amplitude", limit: Duration) {
        self.init(name: name, configuration: SessionConfiguration(limit: limit))
    }

    /// How sessions are cut.
    public enum Mode: Sendable {
        /// As this plugin's documentation says.
        case standard(SessionConfiguration)
        /// As Segment's browser plugin cuts them; see ``AnalyticsJSSession``.
        case analyticsJS(AnalyticsJSSession.Options)
    }

    /// Cuts sessions in one of two ways.
    ///
    /// - Parameters:
    ///   - name: The name of the session's destination; only shown.
    ///   - mode: How sessions are cut.
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
        rules = SessionRules(configuration)
        provisional = SessionState(configuration)
        state = provisional
        loaded = provisional
    }

    /// Reads the `session` of a configuration file; see ``SessionConfiguration/init(_:)``.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        self.init(configuration: try SessionConfiguration(configuration))
    }

    /// Learns of the client and of this boot.
    public func configure(analytics: Analytics) {
        self.analytics = analytics
        process = getpid()
        rules.bootID = analytics.configuration.clock.bootID
        if browser == nil, analytics.configuration.role != .command {
            watch = VisitWatch(path: analytics.stateDirectory.visit)
        }
    }

    /// Stops watching for other processes' visits.
    public func shutdown() { watch = nil }

    private func context(_ transaction: TransactionState?) -> SessionRules.SessionContext {
        // The client may be gone while the last calls are stored.
        if let analytics { installation = analytics.installation }
        return SessionRules.SessionContext(transaction: transaction, installation: installation)
    }
}

// MARK: - In the chain

extension AmplitudeSession {
    /// Attaches the id that this process knows; the transaction may correct it.
    public func execute(_ event: inout Event) -> Verdict {
        if browser != nil {
            event.isStampedProvisionally = true
            return .keep
        }
        guard SessionMarkers.attachedID(event) == nil else { return .keep }
        let takesID = SessionMarkers.takesID(event)
        event.isStampedProvisionally = takesID
        guard !event.hasGivenTimestamp else {
            if takesID { SessionMarkers.attach(-1, to: &event) }
            return .keep
        }
        var copy = provisional
        let effect = rules.happen(.event(event), &copy, context(nil))
        // The owner is left to the transaction, which could not take back a guess.
        if takesID { SessionMarkers.attach(effect.id ?? -1, to: &event) }
        return .keep
    }
}

@_spi(Sessions)
extension AmplitudeSession: TransactionPlugin {
    /// Whether this process may show a window: false in a forked child and in a command.
    public var judgesApplication: Bool { browser == nil && watch != nil && process == getpid() }

    /// The markers that belong before an occurrence, by this process's copy of the state.
    public func plan(for occurrence: Occurrence) -> [Event] {
        browser == nil ? rules.happen(occurrence, &provisional, context(nil)).markers : []
    }

    /// Whether an occurrence begins or ends a session.
    public func isTurn(_ occurrence: Occurrence) -> Bool {
        guard browser == nil else { return false }
        var copy = provisional
        return !rules.happen(occurrence, &copy, context(nil)).markers.isEmpty
    }
}

// MARK: - In the transaction

@_spi(Sessions)
extension AmplitudeSession {
    /// Reads the session and the visit from the store.
    public func begin(_ transaction: TransactionState) throws {
        if let browser { return try browser.begin(transaction) }
        state = try SessionRecord.read(transaction, configuration)
        state.session.keptAliveSince = keptAliveSince
        loaded = state
    }

    /// Decides the session and the owner of an event.
    public func settle(
        _ occurrence: Occurrence, planned: [Event], _ transaction: TransactionState
    ) throws -> Settlement {
        if let browser { return browser.settle(occurrence) }
        let effect = rules.happen(occurrence, &state, context(transaction))
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
        ruling = Ruling()
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

    /// Puts the decision on the event.
    public func stamp(_ event: inout Event) {
        if let browser { return browser.stamp(&event) }
        if let owner = ruling.owner { event.set(owner) }
        if ruling.isNonInteraction { event.properties["nonInteraction"] = true }
        if let id = ruling.sessionId { SessionMarkers.attach(id, to: &event) }
        if let id = ruling.eventID { SessionMarkers.attach(eventID: id, to: &event) }
    }

    /// Puts the number of the event on a marker.
    public func stampPlanned(_ event: inout Event, at index: Int) {
        if let id = ruling.firstPlannedID { SessionMarkers.attach(eventID: id + Int64(index), to: &event) }
    }

    /// Writes the session and the visit to the store.
    public func end(_ transaction: TransactionState) throws {
        if let browser { return try browser.end(transaction) }
        isVisitChanged = state.visits.visit?.anonymousId != loaded.visits.visit?.anonymousId
        guard state != loaded else { return }
        if state.visits.visit != nil { try transaction.leaveNoTraces() }
        try SessionRecord.write(state, to: transaction)
        if loaded.visits.visit != nil, isVisitChanged { transaction.removeTraces() }
        guard state.session.lastID != loaded.session.lastID else { return }
        if state.session.lastID < loaded.session.lastID { try transaction.count(SessionCounter.idsSetBack) }
        try transaction.removeOldSessions()
    }

    /// Moves the times of the session and the visit.
    public func correct(_ correction: ClockCorrection, _ transaction: TransactionState) throws {
        guard browser == nil else { return }
        try begin(transaction)
        state.session.correct(correction)
        state.visits.correct(correction)
        try end(transaction)
    }

    /// Moves the session id and the end of a visit on a stored event.
    public func correct(_ event: inout JSONObject, by milliseconds: Int64, sessionIds: [Int64: Int64]) -> Bool {
        SessionMarkers.correct(&event, by: milliseconds, sessionIds, endName: configuration.markers?.end)
    }

    /// Publishes the session and the visit to the client and the host.
    public func committed() {
        if let browser { return browser.committed(analytics) }
        provisional = state
        keptAliveSince = state.session.keptAliveSince
        analytics?.publish(sessionId: state.session.session?.id)
        let visit = state.visits.visit
        analytics?.publish(visitor: visit.map { ($0.anonymousId, $0.userId) })
        if isVisitChanged {
            VisitWatch.touch(analytics?.stateDirectory.visit, isOpen: visit != nil)
            isVisitChanged = false
        }
        watch?.start()
        let before = openVisit
        openVisit = visit?.anonymousId
        guard let onVisitEnd, let ended = state.visits.ended, ended.digest != toldEnd else { return }
        let isOurs = before.map(VisitStateMachine.Ended.digest) == ended.digest
        let isNews = isOurs || loaded.visits.ended?.digest != ended.digest
        toldEnd = ended.digest
        // What ended before this process looked first is no news.
        if isNews { onVisitEnd(VisitEnd(ended, known: before)) }
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

extension AmplitudeSession {
    /// When idleness ends a visit, or a session with ``SessionConfiguration/endsWhenIdle``.
    public var nextTime: Int64 {
        guard browser == nil, watch != nil else { return .max }
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

    /// Returns no events: the transaction that follows ends what is over.
    public func timeReached(at moment: Moment) -> [Event] { [] }
}

@_spi(System)
extension AmplitudeSession: DescriptorPlugin {
    /// The watch on the file by which processes tell each other of visits; −1 for none.
    public var descriptor: Int32 { watch?.descriptor ?? -1 }

    /// Returns no events: the transaction that follows sees what another process changed.
    public func descriptorIsReady(at moment: Moment) -> [Event] {
        watch?.drain()
        return []
    }

    /// False.
    public var wantsSync: Bool { false }
    /// Does nothing.
    public func stored() {}
}

extension Event {
    fileprivate mutating func set(_ owner: (anonymousId: String, userId: String?)) {
        anonymousId = owner.anonymousId
        userId = owner.userId
    }
}
