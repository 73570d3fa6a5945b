// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
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

/// Sessions beside other plugins, and as the host begins and ends them.
@Suite struct SessionPluginTests: SessionBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

    // MARK: - Ids that the caller gives

    @Test func keepsAnIdThatIsWrittenAsAText() throws {
        let analytics = make()
        analytics.track(name: "live")
        for id in ["1700000000123", "-1"] {
            analytics.track(
                name: "own",
                options: CallOptions(integrations: ["Actions Amplitude": ["session_id": .string(id), "x": 1]]))
        }
        analytics.track(
            name: "none", options: CallOptions(integrations: ["Actions Amplitude": ["session_id": "tonight"]]))
        store(analytics)
        let settings = try storedEvents(directory).suffix(3).map {
            $0["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue
        }
        #expect(settings[0] == ["session_id": 1_700_000_000_123, "x": 1])
        #expect(settings[1] == ["session_id": -1, "x": 1])
        #expect(settings[2] == ["session_id": .int(begin)], "a text that is no number is replaced")
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

    @Test func aClientThatIsNotEnabledSendsNoMarkersAndGoesOnWithSessionsAfterwards() throws {
        let analytics = make()
        analytics.track(name: "A")
        store(analytics)
        analytics.isEnabled = false
        time.advance(.seconds(3_600))
        analytics.track(name: "B")
        analytics.startNewSession()
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin))")
        analytics.isEnabled = true
        analytics.track(name: "C")
        store(analytics)
        let id = begin + 3_600_000
        #expect(
            try text() == "session_start(\(begin)) A(\(begin)) session_end(\(begin)) session_start(\(id)) C(\(id))")
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
}
