// SPDX-License-Identifier: MIT
@_spi(Sessions) @_spi(System) import Footfall
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
    /// It is called on the pipeline's thread, so it must not wait.
    public let onVisitEnd: (@Sendable (VisitEnd) -> Void)?
    private let standard: StandardMode
    /// Set in the mode of Segment's browser plugin; then ``standard`` is not used.
    private let browser: BrowserMode?
    private weak var analytics: Analytics?
    private var watch: VisitWatch?
    private var news = VisitNews()
    private var lastInstallation: Installation = ("", nil)
    private var process = getpid()

    /// Cuts sessions as a configuration says.
    ///
    /// - Parameters:
    ///   - name: The name of the session's destination; only shown.
    ///   - configuration: The default is a limit of 30 minutes.
    ///   - onVisitEnd: See ``onVisitEnd``.
    public convenience init(
        name: String = "Amplitude", configuration: SessionConfiguration = SessionConfiguration(),
        onVisitEnd: (@Sendable (VisitEnd) -> Void)? = nil
    ) {
        self.init(name: name, mode: .standard(configuration), onVisitEnd: onVisitEnd)
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
    ///   - onVisitEnd: See ``onVisitEnd``. The mode of the browser plugin has no visits.
    public init(name: String = "Amplitude", mode: Mode, onVisitEnd: (@Sendable (VisitEnd) -> Void)? = nil) {
        self.name = name
        self.onVisitEnd = onVisitEnd
        switch mode {
        case .standard(let configuration):
            self.configuration = configuration
            browser = nil
        case .analyticsJS(let options):
            configuration = SessionConfiguration()
            browser = BrowserMode(options)
        }
        standard = StandardMode(configuration)
    }

    /// Reads the `session` of a configuration file; see ``SessionConfiguration/init(_:)``.
    public convenience init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        self.init(configuration: try SessionConfiguration(configuration))
    }

    /// Learns of the client and of this boot.
    public func configure(analytics: Analytics) {
        self.analytics = analytics
        process = getpid()
        standard.configure(bootID: analytics.configuration.clock.bootID)
        if browser == nil, analytics.configuration.role != .command {
            watch = VisitWatch(path: analytics.stateDirectory.visit)
        }
    }

    /// Stops watching for other processes' visits.
    public func shutdown() { watch = nil }

    /// The identity of events outside of visits.
    private var installation: Installation {
        // The client may be gone while the last calls are stored.
        if let analytics { lastInstallation = analytics.installation }
        return lastInstallation
    }

    /// Attaches the id that this process knows; the transaction may correct it.
    public func execute(_ event: inout Event) -> Verdict {
        if browser != nil {
            event.isStampedProvisionally = true
        } else {
            SessionMarkers.readID(of: &event)
            standard.attach(to: &event, installation)
        }
        return .keep
    }

    /// When idleness ends a visit, or a session with ``SessionConfiguration/endsWhenIdle``.
    public var nextTime: Int64 { browser == nil && watch != nil ? standard.nextTime : .max }

    /// Returns no events: the transaction that follows ends what is over.
    public func timeReached(at moment: Moment) -> [Event] { [] }
}

@_spi(Sessions)
extension AmplitudeSession: TransactionPlugin {
    /// Whether this process may show a window: false in a forked child and in a command.
    public var judgesApplication: Bool { browser == nil && watch != nil && process == getpid() }

    /// The markers that belong before an occurrence, by this process's copy of the state.
    public func plan(for occurrence: Occurrence) -> [Event] {
        browser == nil ? standard.plan(for: occurrence, installation) : []
    }

    /// Whether an occurrence begins or ends a session.
    public func isTurn(_ occurrence: Occurrence) -> Bool {
        browser == nil && standard.isTurn(occurrence, installation)
    }

    /// Reads the session and the visit from the store.
    public func begin(_ transaction: TransactionState) throws {
        if let browser { try browser.begin(transaction) } else { try standard.begin(transaction) }
    }

    /// Decides the session and the owner of an event.
    public func settle(
        _ occurrence: Occurrence, planned: [Event], _ transaction: TransactionState
    ) throws -> Settlement {
        if let browser { return browser.settle(occurrence) }
        return try standard.settle(occurrence, planned: planned, transaction, installation)
    }

    /// Puts the decision on the event.
    public func stamp(_ event: inout Event) {
        if let browser { browser.stamp(&event) } else { standard.stamp(&event) }
    }

    /// Puts the number of the event on a marker.
    public func stampPlanned(_ event: inout Event, at index: Int) {
        if browser == nil { standard.stampPlanned(&event, at: index) }
    }

    /// Writes the session and the visit to the store.
    public func end(_ transaction: TransactionState) throws {
        if let browser { try browser.end(transaction) } else { try standard.end(transaction) }
    }

    /// Moves the times of the session and the visit.
    public func correct(_ correction: ClockCorrection, _ transaction: TransactionState) throws {
        if browser == nil { try standard.correct(correction, transaction) }
    }

    /// Moves the session id and the end of a visit on a stored event.
    public func correct(_ event: inout JSONObject, by milliseconds: Int64, sessionIds: [Int64: Int64]) -> Bool {
        SessionMarkers.correct(&event, by: milliseconds, sessionIds, endName: configuration.markers?.end)
    }

    /// Publishes the session and the visit to the client and the host.
    public func committed() {
        if let browser { return browser.committed(analytics) }
        let stored = standard.committed()
        analytics?.publish(sessionId: stored.sessionId)
        analytics?.publish(visitor: stored.visit.map { ($0.anonymousId, $0.userId) })
        if stored.isVisitChanged {
            VisitWatch.touch(analytics?.stateDirectory.visit, isOpen: stored.visit != nil)
        }
        watch?.start()
        if let end = news.end(after: stored) { onVisitEnd?(end) }
    }
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
