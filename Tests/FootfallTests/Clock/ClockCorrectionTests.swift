// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

private let built: Int64 = 1_700_000_000_000

@Suite struct ClockCorrectionTests {
    let directory = TemporaryDirectory()
    private let real: Int64 = built + 86_400_000

    private func times(_ clock: TestClock, _ body: (Analytics) -> Void) throws -> [String] {
        let analytics = Analytics(configuration: .test(directory, clock))
        body(analytics)
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(analytics.close())
        return try storedEvents(directory).map { $0["timestamp"]?.stringValue ?? "?" }
    }

    private func text(_ milliseconds: Int64) -> String { Timestamp(milliseconds: milliseconds).description }

    /// A server named the time: `real` is now.
    private func confirm(_ analytics: Analytics, _ clock: TestClock) {
        analytics.runtime.post(
            .clockConfirmed(
                Moment(wall: Timestamp(milliseconds: real), bootNanoseconds: clock.clock.boot(), bootID: "").offset))
        #expect(analytics.store(timeout: .seconds(10)) == nil)
    }

    private func isNear(_ text: String, _ milliseconds: Int64) -> Bool {
        Timestamp(text).map { abs($0.milliseconds - milliseconds) < 2_000 } ?? false
    }

    @Test func movesWhatWasStoredAndWhatIsStoredLater() throws {
        let clock = TestClock(wall: 5_000, notBefore: built)
        let times = try times(clock) { analytics in
            analytics.track(name: "A")
            clock.advance(.seconds(600))
            analytics.track(name: "B")
            confirm(analytics, clock)
            clock.advance(.seconds(60))
            analytics.track(name: "C")
        }
        #expect(times.count == 3)
        #expect(isNear(times[0], real - 600_000))
        #expect(isNear(times[1], real))
        #expect(isNear(times[2], real + 60_000), "the clock is still wrong")
    }

    @Test func leavesATimeAloneThatTheCallerGave() throws {
        let clock = TestClock(wall: 5_000, notBefore: built)
        let given = built - 5
        let times = try times(clock) { analytics in
            analytics.track(name: "A", options: CallOptions(timestamp: Timestamp(milliseconds: given)))
            confirm(analytics, clock)
        }
        #expect(times == [text(given)])
    }

    @Test func leavesAnotherBootAlone() throws {
        let old = TestClock(wall: 5_000, bootID: "old", notBefore: built)
        _ = try times(old) { $0.track(name: "A") }
        let clock = TestClock(wall: 9_000, bootID: "new", notBefore: built)
        let times = try times(clock) { analytics in
            analytics.track(name: "B")
            confirm(analytics, clock)
        }
        #expect(times[0] == text(5_000))
        #expect(isNear(times[1], real))
    }

    @Test func movesWhatAnEarlierBootLeftWhenItsTimeIsKnown() throws {
        let old = TestClock(wall: 5_000, bootID: "old", notBefore: built)
        _ = try times(old) { $0.track(name: "A") }
        // Another process of that boot heard the time; its client did not store it.
        try inspect(directory) { store in
            try store.connection.execute("UPDATE clock SET truth = offset + \(built + 1_000_000)")
        }
        let analytics = Analytics(
            configuration: .test(directory, TestClock(wall: real, bootID: "new", notBefore: built)))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "B")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
        #expect(delivery.bodies.first?["timestamp"]?.stringValue == text(built + 1_005_000))
        #expect(delivery.bodies.allSatisfy { $0["context"]?.objectValue?["clock"] == nil })
    }

    @Test func leavesWhatADestinationHasTried() throws {
        let clock = TestClock(wall: 5_000, notBefore: built)
        let told = Signal()
        let analytics = Analytics(
            configuration: Configuration.test(directory, clock).errorHandler {
                if $0.code == .deliveryFailed { told.raise() }
            })
        let delivery = RecordingDelivery(outcomes: [.retry("503", after: .zero)])
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A")
        analytics.flush()
        #expect(told.wait(), "once the result is stored")
        analytics.track(name: "B")
        confirm(analytics, clock)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        let times = delivery.bodies.map { $0["timestamp"]?.stringValue ?? "?" }
        #expect(times.count == 2)
        #expect(times[0] == text(5_000))
        #expect(isNear(times[1], real))
        #expect(delivery.bodies.map { $0["context"]?.objectValue?["clock"] } == ["estimated", nil])
        #expect(analytics.close())
    }

    @Test func movesTheBodyThatADestinationGetsInItsStead() throws {
        let clock = TestClock(wall: 5_000, notBefore: built)
        let analytics = Analytics(configuration: .test(directory, clock))
        let delivery = RecordingDelivery()
        let destination = RecordingDestination(delivery)
        destination.timeline.add(
            ClosureEnrichment { event in
                event.properties["own"] = true
                return .keep
            }, id: 0)
        analytics.add(plugin: destination)
        analytics.track(name: "A")
        confirm(analytics, clock)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        let body = try #require(delivery.bodies.first)
        #expect(body["properties"]?.objectValue?["own"] == true)
        #expect(isNear(body["timestamp"]?.stringValue ?? "", real))
        #expect(analytics.close())
    }

    @Test func tellsTheHost() throws {
        let clock = TestClock(wall: 5_000, notBefore: built)
        let told = Guarded<[FootfallError]>([])
        let analytics = Analytics(
            configuration: Configuration.test(directory, clock).errorHandler { error in told.read { $0.append(error) } }
        )
        analytics.track(name: "A")
        confirm(analytics, clock)
        #expect(told.current.map(\.code) == [.clockCorrected])
        #expect(analytics.close())
    }
}
