// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

/// Drops events by their names.
private final class Dropping: Plugin {
    let type: PluginType
    private let names: Set<String>

    init(_ type: PluginType, _ names: Set<String>) {
        self.type = type
        self.names = names
    }

    func execute(_ event: inout Event) -> Verdict { names.contains(event.event ?? "") ? .drop : .keep }
}

@Suite struct SessionTests: SessionBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

    // MARK: - Opening, joining, ending

    @Test func theFirstEventComesBehindAStartWithItsOwnTime() throws {
        let analytics = make()
        analytics.track(name: "A")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin))")
        #expect(try stored().map(\.time) == [begin, begin])
        #expect(analytics.sessionId == begin)
        #expect(analytics.close())
    }

    @Test func aTurnIsEndStartEventAdjacentInTheStore() throws {
        let analytics = make()
        analytics.identify(userId: "u1")
        analytics.track(name: "A")
        time.advance(.seconds(600))
        analytics.track(name: "B")
        store(analytics)
        time.advance(limit)
        analytics.track(name: "C")
        analytics.track(name: "D")
        store(analytics)

        let next = begin + 2_400_000
        #expect(
            try text() == "session_start(\(begin)) identify(\(begin)) A(\(begin)) B(\(begin)) session_end(\(begin)) "
                + "session_start(\(next)) C(\(next)) D(\(next))")
        let end = try #require(try end())
        #expect(end.time == begin + 600_000, "the last activity, not its discovery")
        #expect(end.userId == "u1")
        #expect(analytics.close())
    }

    @Test func aTurnInsideOneBatchIsInItsPlace() throws {
        let analytics = make()
        for name in ["A", "B", "C"] {
            analytics.track(name: name)
            time.advance(limit)
        }
        store(analytics)
        let ids = [begin, begin + 1_800_000, begin + 3_600_000]
        #expect(
            try text() == "session_start(\(ids[0])) A(\(ids[0])) session_end(\(ids[0])) session_start(\(ids[1])) "
                + "B(\(ids[1])) session_end(\(ids[1])) session_start(\(ids[2])) C(\(ids[2]))")
        #expect(analytics.close())
    }

    @Test func markersGoToAmplitudeOnly() throws {
        let analytics = make()
        analytics.track(name: "A")
        store(analytics)
        let marker = try #require(try bodies().first)
        #expect(marker["integrations"]?.text == #"{"All":false,"Actions Amplitude":{"session_id":\#(begin)}}"#)
        #expect(marker["type"] == "track")
        #expect(marker["properties"] == [:])
        #expect(analytics.close())
    }

    @Test func theClockSetBackOrForwardSplitsNothing() throws {
        let analytics = make()
        analytics.track(name: "A")
        time.step(.seconds(-3_600))
        analytics.track(name: "B")
        time.step(.seconds(7_200))
        analytics.track(name: "C")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin)) C(\(begin))")
        #expect(analytics.close())
    }

    @Test func idsNeverGoBackAndAnEndIsNeverBeforeItsStart() throws {
        let analytics = make()
        analytics.track(name: "A")
        time.step(.seconds(-7_200))
        analytics.track(name: "B")
        time.advance(limit)
        analytics.track(name: "C")
        store(analytics)
        #expect(
            try text()
                == "session_start(\(begin)) A(\(begin)) B(\(begin)) session_end(\(begin)) session_start(\(begin + 1)) C(\(begin + 1))"
        )
        #expect(try end()?.time == begin)
        #expect(analytics.close())
    }

    // MARK: - What the caller put on the event

    @Test func theIdIsPutBesideWhatIsThere() throws {
        let analytics = make()
        analytics.track(
            name: "A", options: CallOptions(integrations: ["X": false, "Actions Amplitude": ["device": "d", "n": 1]]))
        analytics.track(name: "B", options: CallOptions(integrations: ["Actions Amplitude": true]))
        store(analytics)
        let bodies = try bodies()
        #expect(
            bodies[1]["integrations"]?.text
                == #"{"X":false,"Actions Amplitude":{"device":"d","n":1,"session_id":\#(begin)}}"#)
        #expect(bodies[2]["integrations"]?.text == #"{"Actions Amplitude":{"session_id":\#(begin)}}"#)
        #expect(analytics.close())
    }

    @Test func anIdOfTheCallersOwnIsKept() throws {
        let analytics = make()
        analytics.track(name: "A")
        analytics.track(name: "B", options: CallOptions(integrations: ["Actions Amplitude": ["session_id": 5]]))
        analytics.track(name: "C")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(5) C(\(begin))")
        #expect(analytics.close())
    }

    @Test func anEventOutOfSessionIsUntouchedAndExtendsNothing() throws {
        let out = CallOptions(integrations: ["Actions Amplitude": ["session_id": -1]])
        let analytics = make()
        analytics.track(name: "early", options: out)
        analytics.track(name: "A")
        time.advance(.seconds(1_740))
        analytics.track(name: "out", options: out)
        time.advance(.seconds(60))
        analytics.track(name: "B")
        store(analytics)
        let next = begin + 1_800_000
        #expect(
            try text()
                == "early(-1) session_start(\(begin)) A(\(begin)) out(-1) session_end(\(begin)) session_start(\(next)) B(\(next))"
        )
        #expect(try end()?.time == begin)
        #expect(analytics.close())
    }

    @Test func anEventThatRefusesAmplitudeGetsNoId() throws {
        let analytics = make()
        let choices: [(String, JSONObject)] = [
            ("none", ["All": false]), ("off", ["Actions Amplitude": false]),
            ("on", ["All": false, "Actions Amplitude": true]),
        ]
        for (name, integrations) in choices {
            analytics.track(name: name, options: CallOptions(integrations: integrations))
        }
        store(analytics)
        let events = try stored().filter { !$0.name.hasPrefix("session") }
        #expect(events.map(\.description) == ["none(-)", "off(-)", "on(\(begin))"])
        let body = try #require(try bodies().first { $0["event"] == "none" })
        #expect(body["integrations"]?.text == #"{"All":false}"#)
        #expect(analytics.close())
    }

    // MARK: - The past

    @Test func anEventOfThePastGetsTheSessionThatCoversItAndMovesNothing() throws {
        let analytics = make()
        func past(_ name: String, _ milliseconds: Int64) {
            analytics.track(name: name, options: CallOptions(timestamp: Timestamp(milliseconds: milliseconds)))
        }
        past("before", begin - 1)
        analytics.track(name: "A")
        time.advance(.seconds(600))
        analytics.track(name: "B")
        store(analytics)
        time.advance(limit)
        let last = try key("analytics_session_id.last_access")
        past("in", begin + 300_000)
        past("edge", begin + 600_000)
        past("gap", begin + 600_001)
        past("now", begin + 2_400_000)
        past("future", begin + 10_000_000)
        store(analytics)
        #expect(try key("analytics_session_id.last_access") == last)
        analytics.track(name: "C")
        store(analytics)
        let next = begin + 2_400_000
        #expect(
            try text()
                == "before(-1) session_start(\(begin)) A(\(begin)) B(\(begin)) in(\(begin)) edge(\(begin)) gap(-1) now(-1) "
                + "future(-1) session_end(\(begin)) session_start(\(next)) C(\(next))")
        #expect(analytics.close())
    }

    // MARK: - Restarts

    @Test func aRestartWithinTheLimitGoesOn() throws {
        let first = make()
        first.track(name: "A")
        #expect(first.close())
        time.advance(.seconds(1_700))
        let second = make()
        second.track(name: "B")
        #expect(second.close())
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin))")
    }

    @Test func aRestartBeyondTheLimitEndsTheOldSessionFirst() throws {
        let first = make()
        first.identify(userId: "u1")
        #expect(first.close())
        // Another boot: only the wall clock tells how long it took.
        let later = TestClock(wall: begin + 1_800_000, bootID: "two")
        let second = make(later)
        second.track(name: "B")
        #expect(second.close())
        let next = begin + 1_800_000
        #expect(
            try text()
                == "session_start(\(begin)) identify(\(begin)) session_end(\(begin)) session_start(\(next)) B(\(next))")
    }

    @Test func aRebootWithinTheLimitGoesOn() throws {
        let first = make()
        first.track(name: "A")
        #expect(first.close())
        let second = make(TestClock(wall: begin + 1_799_999, bootID: "two"))
        second.track(name: "B")
        #expect(second.close())
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin))")
    }

    @Test func keepsItsStateAsIntegerText() throws {
        let analytics = make()
        analytics.track(name: "A")
        time.advance(.seconds(5))
        analytics.track(name: "B")
        store(analytics)
        #expect(try key("analytics_session_id") == "\(begin)")
        #expect(try key("analytics_session_id.last_access") == "\(begin + 5_000)")
        for key in ["analytics_session_id", "analytics_session_id.last_access"] {
            #expect(
                try inspect(directory) {
                    try $0.connection.integer("SELECT typeof(value) = 'text' FROM kv WHERE key = '\(key)'")
                } == 1)
        }
        #expect(analytics.close())
    }

    @Test func goesOnFromThePublicKeysAlone() throws {
        let first = make()
        first.track(name: "A")
        #expect(first.close())
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                try store.keyValue.set("analytics_session_id.state", "damaged")
                try store.keyValue.set("analytics_session_id", "\(begin + 7)")
            }
        }
        let second = make()
        second.track(name: "B")
        #expect(second.close())
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin + 7))")
    }

    // MARK: - Reset

    @Test func aResetEndsWithTheOldIdentityAndTheNextEventStartsWithTheNew() throws {
        let analytics = make()
        analytics.identify(userId: "u1")
        let old = analytics.anonymousId
        time.advance(.seconds(60))
        analytics.track(name: "A")
        time.advance(.seconds(60))
        analytics.reset()
        analytics.reset()
        time.advance(.seconds(60))
        analytics.track(name: "B")
        store(analytics)
        let next = begin + 180_000
        #expect(
            try text()
                == "session_start(\(begin)) identify(\(begin)) A(\(begin)) session_end(\(begin)) session_start(\(next)) B(\(next))"
        )
        let events = try stored()
        #expect((events[3].anonymousId, events[3].userId) == (old, "u1"))
        #expect(events[3].time == begin + 60_000)
        #expect((events[4].anonymousId, events[4].userId) == (analytics.anonymousId, nil))
        #expect(analytics.close())
    }

    @Test func aResetWithoutASessionSendsNothing() throws {
        let analytics = make()
        analytics.reset()
        store(analytics)
        #expect(try stored().isEmpty)
        #expect(try key("analytics_session_id") == nil)
        #expect(analytics.close())
    }

    // MARK: - Other plugins

    @Test func markersThatAPluginDropsLeaveNothingStuck() throws {
        let analytics = Analytics(configuration: .test(directory, time))
        let dropping = analytics.add(plugin: Dropping(.before, ["session_start", "session_end"]))
        analytics.add(plugin: AmplitudeSession(limit: limit))
        analytics.track(name: "A")
        store(analytics)
        time.advance(limit)
        analytics.track(name: "B")
        analytics.track(name: "C")
        store(analytics)
        analytics.remove(dropping)
        time.advance(limit)
        analytics.track(name: "D")
        store(analytics)
        let ids = [begin, begin + 1_800_000, begin + 3_600_000]
        #expect(
            try text()
                == "A(\(ids[0])) B(\(ids[1])) C(\(ids[1])) session_end(\(ids[1])) session_start(\(ids[2])) D(\(ids[2]))"
        )
        #expect(analytics.close())
    }

    @Test(arguments: [PluginType.before, .enrichment])
    func anEventThatAPluginDropsOpensNothing(type: PluginType) throws {
        let analytics = make()
        analytics.add(plugin: Dropping(type, ["A"]))
        analytics.track(name: "A")
        store(analytics)
        #expect(try key("analytics_session_id") == nil)
        #expect(analytics.sessionId == nil)
        time.advance(.seconds(60))
        analytics.track(name: "B")
        time.advance(limit)
        analytics.track(name: "A")
        store(analytics)
        #expect(try text() == "session_start(\(begin + 60_000)) B(\(begin + 60_000))")
        #expect(analytics.close())
    }

    @Test func anOptOutSendsNoMarkersAndAnOptInStartsAfresh() throws {
        let analytics = make()
        analytics.track(name: "A")
        store(analytics)
        analytics.optOut()
        analytics.track(name: "B")
        store(analytics)
        #expect(try stored().isEmpty, "no end of the session, either")
        #expect(try key("analytics_session_id") == nil)
        time.advance(.seconds(10))
        analytics.optIn()
        analytics.track(name: "C")
        store(analytics)
        let id = begin + 10_000
        #expect(try text() == "session_start(\(id)) C(\(id))")
        #expect(analytics.close())
    }

    @Test func withoutThePluginThereIsNoSession() throws {
        let analytics = Analytics(configuration: .test(directory, time))
        analytics.track(name: "A")
        store(analytics)
        #expect(try text() == "A(-)")
        #expect(try key("analytics_session_id") == nil)
        #expect(analytics.close())
    }

    // MARK: - As the host wants

    @Test func endsWhenTheHostWantsIt() throws {
        let analytics = make()
        analytics.endSession()
        analytics.track(name: "A")
        time.advance(.seconds(10))
        analytics.endSession()
        analytics.endSession()
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin)) session_end(\(begin))", "once")
        #expect(try end()?.time == begin)
        #expect(analytics.sessionId == nil)
        analytics.track(name: "B")
        store(analytics)
        #expect(analytics.sessionId == begin + 10_000)
        #expect(analytics.close())
    }

    @Test func beginsAnotherWhenTheHostWantsIt() throws {
        let analytics = make()
        analytics.startNewSession()
        time.advance(.seconds(10))
        analytics.track(name: "A")
        analytics.identify(userId: "u")
        analytics.startNewSession()
        store(analytics)
        let second = begin + 10_000
        #expect(
            try text()
                == "session_start(\(begin)) A(\(begin)) identify(\(begin)) session_end(\(begin)) session_start(\(second))"
        )
        #expect(analytics.sessionId == second)
        #expect(try stored().last?.userId == "u")
        #expect(analytics.close())
    }

    @Test func doesNothingToASessionWithoutThePlugin() throws {
        let analytics = Analytics(configuration: .test(directory, time))
        analytics.endSession()
        analytics.startNewSession()
        analytics.track(name: "A")
        store(analytics)
        #expect(try text() == "A(-)")
        #expect(analytics.close())
    }

    // MARK: - Configuration

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
