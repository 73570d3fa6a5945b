// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

private let built: Int64 = 1_700_000_000_000

/// A clock that no server can confirm: the destination is no https server.
@Suite struct DoubtfulTimeTests {
    let directory = TemporaryDirectory()

    private func deliver(_ time: TestClock, _ body: (Analytics) -> Void) -> [JSONObject] {
        let analytics = Analytics(configuration: .test(directory, time))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        body(analytics)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
        return delivery.bodies
    }

    private func clocks(_ bodies: [JSONObject]) -> [JSON?] { bodies.map { $0["context"]?.objectValue?["clock"] } }

    @Test func marksAnEventOf1970AsEstimated() {
        let time = TestClock(wall: 5_000, notBefore: built)
        let bodies = deliver(time) { $0.track(name: "A") }
        #expect(clocks(bodies) == ["estimated"])
        #expect(bodies.first?["timestamp"] == "1970-01-01T00:00:05.000Z", "it is not invented")
    }

    @Test func marksNothingWhileTheClockIsBelieved() {
        let time = TestClock(wall: built + 1, notBefore: built)
        #expect(clocks(deliver(time) { $0.track(name: "A") }) == [nil])
    }

    @Test func marksEventsOnBothSidesOfAStepAsEstimated() {
        let time = TestClock(wall: built + 1, notBefore: built)
        let bodies = deliver(time) { analytics in
            analytics.track(name: "A")
            time.step(.seconds(-3_600))
            analytics.track(name: "B")
        }
        #expect(clocks(bodies) == ["estimated", "estimated"])
    }

    @Test func marksAnEventAsEstimatedWhenAStepCameBeforeItsDelivery() {
        let time = TestClock(wall: built + 1, notBefore: built)
        let bodies = deliver(time) { analytics in
            analytics.track(name: "A")
            #expect(analytics.store(timeout: .seconds(10)) == nil)
            time.step(.seconds(3_600))
        }
        #expect(clocks(bodies) == ["estimated"], "one of the two clocks is wrong")
    }

    @Test func marksNoTimeThatTheCallerGave() {
        let time = TestClock(wall: 5_000, notBefore: built)
        let bodies = deliver(time) { analytics in
            analytics.track(name: "A", options: CallOptions(timestamp: Timestamp(milliseconds: built - 1)))
        }
        #expect(clocks(bodies) == [nil])
    }

    @Test func aRetriedBatchIsUnchangedThoughTheClockWasSetMeanwhile() throws {
        let time = TestClock(wall: built + 1, notBefore: built)
        let told = Signal()
        let analytics = Analytics(configuration: Configuration.test(directory, time).errorHandler { _ in told.raise() })
        let delivery = RecordingDelivery(outcomes: [.retry("503", after: .zero)])
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A")
        analytics.flush()
        #expect(told.wait(), "once the result is stored")
        time.step(.seconds(86_400))
        analytics.track(name: "B")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(clocks(delivery.bodies) == [nil, "estimated"], "A was tried while the clock was believed")
        #expect(analytics.close())
    }
}
