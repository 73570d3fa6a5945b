// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

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

    @Test func theEndTheNextStartAndItsEventAreAdjacentInTheStore() throws {
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

    @Test func aSessionThatEndsInsideABatchHasItsMarkersInTheirPlaces() throws {
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
}
