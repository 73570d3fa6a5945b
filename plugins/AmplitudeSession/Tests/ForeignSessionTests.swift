// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import TestSupport
import Testing

/// Events of other users than the client's are in no session.
@Suite struct ForeignSessionTests: SessionBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

    private let foreign = CallOptions(userId: "u1", isForeign: true)

    @Test func theyOpenNoSession() throws {
        let analytics = make()
        analytics.track(name: "F", options: foreign)
        store(analytics)
        #expect(try text() == "F(-1)")
        #expect(analytics.sessionId == nil)
        #expect(analytics.close())
    }

    @Test func theyNeitherJoinNorProlongTheSession() throws {
        let analytics = make()
        analytics.track(name: "A")
        time.advance(.seconds(1_700))
        analytics.track(name: "F", options: foreign)
        time.advance(.seconds(100))
        analytics.track(name: "B")
        store(analytics)
        #expect(
            try text() == "session_start(\(begin)) A(\(begin)) F(-1) session_end(\(begin)) "
                + "session_start(\(begin + 1_800_000)) B(\(begin + 1_800_000))")
        #expect(analytics.close())
    }

    @Test func oneOfThePastIsInNoSessionEither() throws {
        let analytics = make()
        analytics.track(name: "A")
        time.advance(.seconds(10))
        analytics.track(name: "B")
        var past = foreign
        past.timestamp = Timestamp(milliseconds: begin + 5_000)
        analytics.track(name: "F", options: past)
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin)) F(-1)")
        #expect(analytics.close())
    }

    @Test func inAVisitTheyAreOfNoVisitor() throws {
        let analytics = make()
        analytics.visitor.begin()
        analytics.track(name: "A")
        analytics.track(name: "F", options: foreign)
        analytics.identify(userId: "u2", options: CallOptions(isForeign: true))
        store(analytics)
        let stored = try stored()
        #expect(stored.suffix(2).map(\.id) == [-1, -1])
        #expect(stored.suffix(2).map(\.userId) == ["u1", "u2"])
        #expect(stored.suffix(2).allSatisfy { $0.anonymousId == nil })
        #expect(analytics.userId == nil)
        #expect(analytics.close())
    }

    @Test func theBrowsersPluginLeavesThemAlone() throws {
        let analytics = Analytics(configuration: .test(directory, time))
        analytics.add(plugin: AmplitudeSession(mode: .analyticsJS(AnalyticsJSSession.Options())))
        analytics.track(name: "F", options: foreign)
        store(analytics)
        #expect(try text() == "F(-)")
        #expect(analytics.close())
    }
}
