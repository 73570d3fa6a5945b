// SPDX-License-Identifier: MIT
@_spi(Sessions) @_spi(System) import Footfall
import FootfallStore
import Glibc

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
public final class AmplitudeSession: TimerPlugin {
    public let type = PluginType.enrichment
    /// What the session's destination is called, for people.
    public let name: String
    package let configuration: SessionConfiguration
    /// Told when a visit ended, by whomever, so that a host can go back to its
    /// first screen. Set it before the plugin is added; it is called on the
    /// pipeline's thread and must not wait.
    public var onVisitEnd: (@Sendable (VisitEnd) -> Void)?
    /// Set in the mode of Segment's browser plugin; then nothing of the rest is used.
    let browser: BrowserMode?
    private var rules: SessionRules
    private weak var analytics: Analytics?
    private var watch: VisitWatch?
    /// What this process knows; the store knows better.
    private var provisional: SessionState
    /// Of the transaction under way.
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

    public convenience init(
        name: String = "Amplitude", configuration: SessionConfiguration = SessionConfiguration()
    ) {
        self.init(name: name, mode: .standard(configuration))
    }

    /// Cuts sessions by a limit; everything else is the default.
    ///
    /// - Parameters:
    ///   - name: What the plugin is called.
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
        rules = SessionRules(configuration)
        provisional = SessionState(configuration)
        state = provisional
        loaded = provisional
    }

    /// From a configuration's `session`; see ``SessionConfiguration/init(_:)``.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        self.init(configuration: try SessionConfiguration(configuration))
    }

    public func configure(analytics: Analytics) {
        self.analytics = analytics
        process = getpid()
        rules.bootID = analytics.configuration.clock.bootID
        if browser == nil, analytics.configuration.role != .command {
            watch = VisitWatch(path: analytics.stateDirectory.visit)
        }
    }

    public func shutdown() { watch = nil }

    private func context(_ transaction: TransactionState?) -> SessionRules.SessionContext {
        // The client may be gone while the last calls are stored.
        if let analytics { installation = analytics.installation }
        return SessionRules.SessionContext(transaction: transaction, installation: installation)
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
        guard SessionMarkers.attachedID(event) == nil else { return .keep }
        let takesID = SessionMarkers.takesID(event)
        event.isStampedProvisionally = takesID
        guard !event.hasGivenTimestamp else {
            if takesID { SessionMarkers.attach(-1, to: &event) }
            return .keep
        }
        var copy = provisional
        let effect = rules.happen(.event(event), &copy, context(nil))
        // Whose it is, the transaction says: a guess could not be taken back there.
        if takesID { SessionMarkers.attach(effect.id ?? -1, to: &event) }
        return .keep
    }
}

@_spi(Sessions)
extension AmplitudeSession: TransactionPlugin {
    /// A forked child is no application that shows anything.
    public var judgesApplication: Bool { browser == nil && watch != nil && process == getpid() }

    public func plan(for occurrence: Occurrence) -> [Event] {
        browser == nil ? rules.happen(occurrence, &provisional, context(nil)).markers : []
    }

    public func isTurn(_ occurrence: Occurrence) -> Bool {
        guard browser == nil else { return false }
        var copy = provisional
        return !rules.happen(occurrence, &copy, context(nil)).markers.isEmpty
    }
}

// MARK: - In the transaction

@_spi(Sessions)
extension AmplitudeSession {
    public func begin(_ transaction: TransactionState) throws {
        if let browser { return try browser.begin(transaction) }
        state = try SessionRecord.read(transaction, configuration)
        state.session.keptAliveSince = keptAliveSince
        loaded = state
    }

    public func settle(
        _ occurrence: Occurrence, planned: [Event], _ transaction: TransactionState
    ) throws -> Settlement {
        if let browser { return browser.settle(occurrence) }
        let effect = rules.happen(occurrence, &state, context(transaction))
        let wanted = effect.markers
        guard Self.areEqual(wanted, planned) || wanted.isEmpty else { return .plan(wanted) }
        // Late events find them by this; only the last one is written in the end.
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

    public func stamp(_ event: inout Event) {
        if let browser { return browser.stamp(&event) }
        if let owner = ruling.owner { event.set(owner) }
        if ruling.isNonInteraction { event.properties["nonInteraction"] = true }
        if let id = ruling.sessionId { SessionMarkers.attach(id, to: &event) }
        if let id = ruling.eventID { SessionMarkers.attach(eventID: id, to: &event) }
    }

    public func stampPlanned(_ event: inout Event, at index: Int) {
        if let id = ruling.firstPlannedID { SessionMarkers.attach(eventID: id + Int64(index), to: &event) }
    }

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

    public func correct(_ correction: ClockCorrection, _ transaction: TransactionState) throws {
        guard browser == nil else { return }
        try begin(transaction)
        state.session.correct(correction)
        state.visits.correct(correction)
        try end(transaction)
    }

    public func correct(_ event: inout JSONObject, by milliseconds: Int64, sessionIds: [Int64: Int64]) -> Bool {
        SessionMarkers.correct(&event, by: milliseconds, sessionIds, endName: configuration.markers?.end)
    }

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

    /// Whether two lists say the same: markers made twice differ in their messageId only.
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
    /// When idleness ends a visit, or a session that it shall end.
    public var nextTime: Int64 {
        guard browser == nil, watch != nil else { return .max }
        // What was touched just now may still wait in another process's mailbox.
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

    /// As long as a call may wait to be stored; nanoseconds.
    private static let patience = Duration.seconds(1).nanoseconds

    public func timeReached(at moment: Moment) -> [Event] { [] }
}

@_spi(System)
extension AmplitudeSession: DescriptorPlugin {
    public var descriptor: Int32 { watch?.descriptor ?? -1 }

    /// Another process changed the visit; the transaction that follows sees it.
    public func descriptorIsReady(at moment: Moment) -> [Event] {
        watch?.drain()
        return []
    }

    public var wantsSync: Bool { false }
    public func stored() {}
}

extension Event {
    fileprivate mutating func set(_ owner: (anonymousId: String, userId: String?)) {
        anonymousId = owner.anonymousId
        userId = owner.userId
    }
}
