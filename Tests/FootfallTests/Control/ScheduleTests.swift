// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// Behaviours 34 to 36 of Segment's libraries: number and time of a delivery, also changed while
/// the client runs.
@Suite struct ScheduleTests {
    let directory = TemporaryDirectory()
    private let delivery = RecordingDelivery()

    @Test func theTwentiethEventDeliversTwentyInOneRequest() {
        let analytics = Analytics(
            configuration: Configuration.test(directory).flushAt(20), plugins: [RecordingDestination(delivery)])
        for number in 0..<19 { analytics.track(name: "\(number)") }
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(delivery.attempts.isEmpty)
        analytics.track(name: "19")
        #expect(delivery.attempted.wait())
        #expect(poll { analytics.counters.delivered == 20 })
        #expect(delivery.batches == [20])
        #expect(analytics.close())
    }

    @Test func aSmallerNumberCountsForEventsThatWait() {
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        #expect(analytics.flushAt == 1_000_000)
        for name in ["A", "B", "C"] { analytics.track(name: name) }
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(delivery.attempts.isEmpty)
        analytics.flushAt = 3
        #expect(poll { analytics.counters.delivered == 3 })
        analytics.flushAt = -7
        #expect(analytics.flushAt == 1)
        analytics.track(name: "D")
        #expect(poll { analytics.counters.delivered == 4 })
        #expect(analytics.close())
        analytics.flushAt = 5
        #expect(analytics.flushAt == 5)
    }

    @Test func anIntervalCountsFromTheOldestEvent() {
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        #expect(analytics.flushInterval == .zero)
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(delivery.attempts.isEmpty)
        analytics.flushInterval = .milliseconds(20)
        #expect(poll { analytics.counters.delivered == 1 })
        analytics.flushInterval = .seconds(-1)
        #expect(analytics.flushInterval == .zero)
        #expect(analytics.close())
    }

    @Test func aDestinationThatIsAddedLaterFollowsTheChange() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.flushAt = 1
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A")
        #expect(poll { analytics.counters.delivered == 1 })
        #expect(analytics.close())
    }

    @Test func flushOnStartDeliversWhatEarlierProcessesLeft() throws {
        let first = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        for name in ["A", "B"] { first.track(name: name) }
        #expect(first.close())
        #expect(delivery.attempts.isEmpty)
        // Without it, the next process leaves them as well.
        let second = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        #expect(second.store(timeout: .seconds(20)) == nil)
        #expect(second.close())
        #expect(delivery.attempts.isEmpty)
        let third = Analytics(
            configuration: Configuration.test(directory).flushOnStart(true), plugins: [RecordingDestination(delivery)])
        #expect(poll { third.counters.delivered == 2 })
        #expect(third.close())
    }
}
