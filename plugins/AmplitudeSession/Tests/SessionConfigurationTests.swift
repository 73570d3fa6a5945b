// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

private let minute: Int64 = 60_000

/// What the options change, through a real store.
@Suite struct SessionConfigurationTests {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

    /// Tracks what `body` says and gives the events as they are stored.
    private func run(
        _ configuration: SessionConfiguration, _ body: (Analytics) throws -> Void
    ) throws -> [JSONObject] {
        let analytics = Analytics(configuration: .test(directory, time))
        analytics.add(plugin: AmplitudeSession(configuration: configuration))
        try body(analytics)
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(analytics.close())
        return try storedEvents(directory)
    }

    private func names(_ events: [JSONObject]) -> String {
        events.map { $0["event"]?.stringValue ?? $0["type"]?.stringValue ?? "?" }.joined(separator: " ")
    }

    private func amplitude(_ event: JSONObject, _ key: String) -> Int64? {
        event["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?[key]?.intValue
    }

    @Test(
        arguments: [
            (SessionConfiguration.web, 1_800), (SessionConfiguration.mobile, 300), (SessionConfiguration.kiosk, 60),
        ] as [(SessionConfiguration, Int64)])
    func endsAfterTheTimeOfItsPreset(_ preset: SessionConfiguration, _ seconds: Int64) throws {
        let events = try run(preset) { analytics in
            analytics.track(name: "A")
            // The exact limit is the state machine's own test; here real time passes as well.
            time.advance(.milliseconds(seconds * 1_000 - 5_000))
            analytics.track(name: "B")
            time.advance(.seconds(seconds))
            analytics.track(name: "C")
        }
        #expect(names(events) == "session_start A B session_end session_start C")
    }

    @Test func endsAtItsGreatestLengthThoughEventsGoOn() throws {
        var configuration = SessionConfiguration.web
        configuration.maximumLength = .seconds(3_600)
        let events = try run(configuration) { analytics in
            for index in 0..<7 {
                analytics.track(name: "E\(index)")
                time.advance(.seconds(600))
            }
        }
        #expect(names(events) == "session_start E0 E1 E2 E3 E4 E5 session_end session_start E6")
        let end = try #require(events.first { $0["event"] == "session_end" })
        #expect(amplitude(end, "session_id") == begin)
        #expect(end["timestamp"] == .string(Timestamp(milliseconds: begin + 50 * minute).description))
    }

    @Test func doesNotEndInTheForegroundWhenConfigured() throws {
        var configuration = SessionConfiguration.mobile
        configuration.expiresInForeground = false
        let events = try run(configuration) { analytics in
            analytics.applicationDidBecomeActive()
            analytics.track(name: "A")
            time.advance(.seconds(3_000))
            analytics.track(name: "B")
            time.advance(.seconds(3_000))
            analytics.applicationWillResignActive()
            time.advance(.seconds(299))
            analytics.track(name: "C")
            time.advance(.seconds(300))
            analytics.track(name: "D")
        }
        #expect(names(events) == "session_start A B C session_end session_start D")
    }

    @Test func doesNotReviveASessionThatWasOverBeforeTheForeground() throws {
        var configuration = SessionConfiguration.mobile
        configuration.expiresInForeground = false
        let events = try run(configuration) { analytics in
            analytics.track(name: "A")
            time.advance(.seconds(300))
            analytics.applicationDidBecomeActive()
            analytics.track(name: "B")
        }
        #expect(names(events) == "session_start A session_end session_start B")
        #expect(events[2]["timestamp"] == .string(Timestamp(milliseconds: begin).description))
    }

    @Test func endsInTheForegroundByDefault() throws {
        let events = try run(.mobile) { analytics in
            analytics.applicationDidBecomeActive()
            analytics.track(name: "A")
            time.advance(.seconds(300))
            analytics.track(name: "B")
        }
        #expect(names(events) == "session_start A session_end session_start B")
    }

    @Test func namesMarkersAsSegmentDoes() throws {
        var configuration = SessionConfiguration.mobile
        configuration.markers = .segment
        let events = try run(configuration) { analytics in
            analytics.track(name: "A")
            time.advance(.seconds(300))
            analytics.track(name: "B")
        }
        #expect(names(events) == "session_started A session_ended session_started B")
    }

    @Test func renewsTheSessionThoughNoMarkersAreSent() throws {
        var configuration = SessionConfiguration.mobile
        configuration.markers = nil
        let events = try run(configuration) { analytics in
            analytics.track(name: "A")
            time.advance(.seconds(300))
            analytics.track(name: "B")
            analytics.reset()
            analytics.track(name: "C")
        }
        #expect(names(events) == "A B C")
        #expect(events.map { amplitude($0, "session_id") } == [begin, begin + 5 * minute, begin + 5 * minute + 1])
    }

    @Test(arguments: [false, true]) func sendsMarkersToTheConfiguredDestinations(_ toAll: Bool) throws {
        var configuration = SessionConfiguration.web
        configuration.sendsMarkersToAll = toAll
        let events = try run(configuration) { $0.track(name: "A") }
        #expect(events[0]["integrations"]?.objectValue?["All"] == (toAll ? nil : false))
        #expect(amplitude(events[0], "session_id") == begin)
    }

    @Test(arguments: [SessionConfiguration.Reset.rotate, .keep])
    func aResetEndsOrKeepsTheSessionAsConfigured(_ policy: SessionConfiguration.Reset) throws {
        var configuration = SessionConfiguration.web
        configuration.reset = policy
        let events = try run(configuration) { analytics in
            analytics.identify(userId: "u")
            analytics.reset()
            time.advance(.seconds(1))
            analytics.track(name: "A")
        }
        switch policy {
        case .rotate:
            #expect(names(events) == "session_start identify session_end session_start A")
            #expect(events[2]["userId"] == "u")
            #expect(events[3]["userId"] == nil)
        case .keep:
            #expect(names(events) == "session_start identify A")
            #expect(amplitude(events[2], "session_id") == begin)
            #expect(events[2]["userId"] == nil && events[2]["anonymousId"] != events[1]["anonymousId"])
        }
    }

    @Test func countsEventsAndMarkersOverRestarts() throws {
        var configuration = SessionConfiguration.mobile
        configuration.countsEvents = true
        _ = try run(configuration) { analytics in
            analytics.track(name: "A")
            analytics.track(name: "B", options: CallOptions(timestamp: Timestamp(milliseconds: 1)))
        }
        time.advance(.seconds(300))
        let events = try run(configuration) { $0.track(name: "C") }
        #expect(names(events) == "session_start A B session_end session_start C")
        #expect(events.map { amplitude($0, "event_id") } == [1, 2, 3, 4, 5, 6])
    }

    @Test func countsNoneByDefault() throws {
        let events = try run(.web) { $0.track(name: "A") }
        #expect(!events.isEmpty && events.allSatisfy { amplitude($0, "event_id") == nil })
    }

    @Test func readsEveryKey() throws {
        let configuration = try SessionConfiguration(
            ConfigurationObject([
                "preset": "kiosk", "maximumLength": "4h", "expiresInForeground": false, "markers": "segment",
                "sendsMarkersToAll": true, "reset": "keep", "countsEvents": true, "automaticEventsOpenSession": true,
            ]))
        var expected = SessionConfiguration.kiosk
        expected.maximumLength = .seconds(4 * 3_600)
        expected.expiresInForeground = false
        expected.markers = .segment
        expected.sendsMarkersToAll = true
        expected.reset = .keep
        expected.countsEvents = true
        expected.automaticEventsOpenSession = true
        #expect(configuration == expected)
        #expect(try !SessionConfiguration(ConfigurationObject(["preset": "kiosk"])).automaticEventsOpenSession)
        #expect(
            try !SessionConfiguration(ConfigurationObject(["automaticEventsOpenSession": false]))
                .automaticEventsOpenSession)
        #expect(try SessionConfiguration(ConfigurationObject(["markers": false])).markers == nil)
        #expect(try SessionConfiguration(ConfigurationObject([:])) == .web)
    }

    @Test(
        arguments: [
            (["preset": "phone"], "configuration: preset: phone is none of web, mobile, kiosk"),
            (["maximumLength": 0], "configuration: maximumLength: it must be above 0"),
            (["markers": "none"], "configuration: markers: none is none of amplitude, segment, false"),
            (["markers": 1], "configuration: markers: it must be a text or false, this is number"),
            (["reset": "stop"], "configuration: reset: stop is neither rotate nor keep"),
        ] as [(JSONObject, String)])
    func refusesWhatItDoesNotKnow(_ object: JSONObject, _ expected: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try SessionConfiguration(ConfigurationObject(object))
        }
        #expect(error?.description == expected)
    }

    // MARK: - Bad state

    @Test(arguments: [
        ["analytics_session_id": "9223372036854775807", "analytics_session_id.last_access": "9223372036854775807"],
        ["analytics_session_id": "-5"],
        ["analytics_session_id": "1e3", "analytics_session_id.last_access": "x"],
        ["analytics_session_id": "1700000000000", "analytics_session_id.last_access": "-9223372036854775808"],
        ["analytics_session_id.state": "{"],
        ["analytics_session_id.state": #"{"lastID":9223372036854775807,"events":9223372036854775807}"#],
        [
            "analytics_session_id": "1699999999999",
            "analytics_session_id.state":
                #"{"id":1699999999999,"start":"x","lastID":true,"boot":-1,"bootID":7,"startBoot":1.5}"#,
        ],
    ])
    func readsAnyStateThatIsInTheStore(_ rows: [String: String]) throws {
        var configuration = SessionConfiguration.web
        configuration.countsEvents = true
        configuration.maximumLength = .seconds(86_400)
        _ = try run(configuration) { $0.track(name: "first") }
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                for key in ["analytics_session_id", "analytics_session_id.last_access", "analytics_session_id.state"] {
                    try store.keyValue.set(key, rows[key])
                }
            }
        }
        let events = try run(configuration) { $0.track(name: "A") }
        let last = try #require(events.last)
        #expect(last["event"] == "A")
        let id = try #require(amplitude(last, "session_id"))
        #expect((1_699_999_999_999...begin + 86_400_000).contains(id), "\(id)")
    }

    @Test func readsItsLimitFromAConfiguration() throws {
        let file = try ConfigurationFile(bytes: Array("{\n\"session\": {\"limit\": \"0s\"}}".utf8), name: "f.json")
        guard case .on(let object) = file.session else {
            Issue.record("no session")
            return
        }
        let error = #expect(throws: ConfigurationError.self) { try AmplitudeSession(object) }
        #expect(error?.description == "f.json:2: session.limit: it must be above 0")
        #expect(throws: ConfigurationError.self) { try AmplitudeSession(ConfigurationObject(["timeout": 5])) }
        _ = try AmplitudeSession(ConfigurationObject(["limit": "5m"]))
        _ = try AmplitudeSession(ConfigurationObject([:]))
    }
}
