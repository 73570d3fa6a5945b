// SPDX-License-Identifier: MIT
import Footfall

/// How sessions are cut, marked and reset.
///
/// ```swift
/// var sessions = SessionConfiguration.mobile
/// sessions.maximumLength = .seconds(4 * 3_600)
/// analytics.add(plugin: AmplitudeSession(configuration: sessions))
/// ```
public struct SessionConfiguration: Sendable, Equatable {
    /// How long a session lives without an event. A gap of exactly the limit ends it. The
    /// default is 30 minutes.
    public var limit = Duration.seconds(1_800)
    /// How long a session lives at most, however many events it has. The default is no
    /// limit. Set it for an app in constant use, so that a day is not one session.
    public var maximumLength: Duration?
    /// Whether a session can end while the application is in the foreground. The default
    /// is true.
    ///
    /// With false a session goes on until the application was in the background for
    /// ``limit``, as in Amplitude's own SDKs. The host must then call
    /// `applicationDidBecomeActive()` and `applicationWillResignActive()` of the client.
    public var expiresInForeground = true
    /// The names of the markers; `nil` for no markers. The default is
    /// `session_start` and `session_end`, which Amplitude knows.
    public var markers: Markers? = .amplitude
    /// Whether markers go to all destinations. The default is false: they go to Amplitude
    /// only, because other destinations count them as events of the user.
    public var sendsMarkersToAll = false
    /// What `reset()` does to the session. The default is ``Reset/rotate``.
    public var reset = Reset.rotate
    /// Whether each event, including markers, gets a number in
    /// `integrations["Actions Amplitude"].event_id`. It counts from 1 over restarts. The
    /// default is false.
    public var countsEvents = false

    /// Whether a session ends as soon as its limit is over, instead of at the next event.
    /// The default is false, and true for ``kiosk``. A visit always ends that way (see
    /// `Visitor`).
    public var endsWhenIdle = false
    /// Whether an event that a plugin makes by itself opens a session, such as
    /// LinuxLifecycle's Application Opened. The default is true, and false for ``kiosk``.
    ///
    /// With false such an event belongs to the session that is open, if there is one, and
    /// prolongs it. Otherwise it has the session −1, as a machine that starts without a
    /// user has none.
    public var automaticEventsOpenSession = true

    /// The names of the markers.
    public struct Markers: Sendable, Equatable {
        /// The name of the event that begins a session.
        public var start: String
        /// The name of the event that ends a session.
        public var end: String

        /// Names of your own.
        public init(start: String, end: String) {
            self.start = start
            self.end = end
        }

        /// `session_start` and `session_end`.
        public static let amplitude = Markers(start: "session_start", end: "session_end")
        /// `session_started` and `session_ended`, as Segment's browser plugin has them.
        public static let segment = Markers(start: "session_started", end: "session_ended")
    }

    /// What `reset()` does to the session.
    public enum Reset: String, Sendable {
        /// The session ends with the old identity; the next event opens another.
        case rotate
        /// The session goes on under the new identity.
        case keep
    }

    /// Sessions of 30 minutes, as in Segment's browser plugin.
    public init() {}

    /// Sessions of 30 minutes, as in Segment's browser plugin.
    public static let web = SessionConfiguration()

    /// Sessions of 5 minutes, as in Amplitude's and Segment's mobile SDKs.
    public static let mobile = SessionConfiguration(limit: .seconds(300))

    /// Sessions of 60 seconds that end by themselves and that only a user opens: the next
    /// user of a shared device is another person.
    public static let kiosk: SessionConfiguration = {
        var configuration = SessionConfiguration(limit: .seconds(60))
        configuration.endsWhenIdle = true
        configuration.automaticEventsOpenSession = false
        return configuration
    }()

    /// Sessions with another limit and every other default.
    public init(limit: Duration) { self.limit = limit }
}

extension SessionConfiguration {
    /// Reads the `session` of a configuration file: `{"preset": "mobile", "limit": "5m",
    /// "maximumLength": "4h", "expiresInForeground": true, "markers": "amplitude",
    /// "sendsMarkersToAll": false, "reset": "rotate", "countsEvents": false,
    /// "endsWhenIdle": false, "automaticEventsOpenSession": true}`.
    ///
    /// `preset` is `"web"`, `"mobile"` or `"kiosk"`; `markers` is `"amplitude"`, `"segment"` or
    /// `false`.
    public init(_ configuration: ConfigurationObject) throws(ConfigurationError) {
        var object = configuration
        switch try object.text("preset") {
        case nil, "web": self = .web
        case "mobile": self = .mobile
        case "kiosk": self = .kiosk
        case let other?: throw object.error("preset", "\(other) is none of web, mobile, kiosk")
        }
        if let limit = try object.duration("limit") { self.limit = limit }
        guard limit > .zero else { throw object.error("limit", "it must be above 0") }
        maximumLength = try object.duration("maximumLength")
        if let maximumLength, maximumLength <= .zero { throw object.error("maximumLength", "it must be above 0") }
        expiresInForeground = try object.flag("expiresInForeground") ?? expiresInForeground
        switch try object.textOrFalse("markers") {
        case .absent, .text("amplitude"): markers = .amplitude
        case .text("segment"): markers = .segment
        case .off: markers = nil
        case .text(let other): throw object.error("markers", "\(other) is none of amplitude, segment, false")
        }
        sendsMarkersToAll = try object.flag("sendsMarkersToAll") ?? sendsMarkersToAll
        if let name = try object.text("reset") {
            guard let policy = Reset(rawValue: name) else {
                throw object.error("reset", "\(name) is neither rotate nor keep")
            }
            reset = policy
        }
        countsEvents = try object.flag("countsEvents") ?? countsEvents
        endsWhenIdle = try object.flag("endsWhenIdle") ?? endsWhenIdle
        automaticEventsOpenSession = try object.flag("automaticEventsOpenSession") ?? automaticEventsOpenSession
        try object.finish()
    }
}
