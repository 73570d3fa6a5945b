// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import TestSupport
import Testing

/// Sessions of a client that is disabled for a while.
@Suite struct SessionEnabledTests: SessionBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

    @Test func makesNoMarkersWhileDisabledAndGoesOnAfterwards() throws {
        let analytics = make()
        analytics.track(name: "A")
        analytics.isEnabled = false
        time.advance(limit * 2)
        analytics.track(name: "X")
        analytics.endSession()
        analytics.startNewSession()
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin))")

        analytics.isEnabled = true
        analytics.track(name: "B")
        store(analytics)
        let second = begin + 3_600_000
        #expect(
            try text()
                == "session_start(\(begin)) A(\(begin)) session_end(\(begin)) session_start(\(second)) B(\(second))")
        #expect(analytics.sessionId == second)
        #expect(analytics.close())
    }

    @Test func goesOnWithTheSessionThatIsNotOver() throws {
        let analytics = make()
        analytics.track(name: "A")
        analytics.isEnabled = false
        time.advance(limit / 2)
        analytics.track(name: "X")
        analytics.isEnabled = true
        analytics.track(name: "B")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin))")
        #expect(analytics.close())
    }
}
