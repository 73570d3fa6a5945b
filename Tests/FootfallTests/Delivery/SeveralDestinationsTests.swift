// SPDX-License-Identifier: MIT
import FootfallCollector
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

/// Destinations do not wait for each other, and each keeps its own position.
@Suite struct SeveralDestinationsTests: DeliveryBench {
    let directory = TemporaryDirectory()

    @Test func aFailingDestinationDoesNotHoldUpAnother() throws {
        let analytics = Analytics(configuration: .test(directory))
        let failing = RecordingDelivery(outcomes: [.blocked("no")])
        let working = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(name: "failing", failing))
        analytics.add(plugin: RecordingDestination(name: "working", working))
        track(analytics, 1...5)
        let report = analytics.flush(timeout: .seconds(10))
        #expect(numbers(working) == [1, 2, 3, 4, 5])
        #expect(report.queued == 5)
        #expect(try row("failing").queued == 5)
        #expect(try inspect(directory) { try $0.counters.value(CounterTable.rows) } == 5, "kept for the other")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(numbers(failing) == [1, 2, 3, 4, 5])
        #expect(try inspect(directory) { try $0.counters.value(CounterTable.rows) } == 0)
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func aSlowDestinationDoesNotHoldUpAnother() throws {
        let asked = Signal()
        let mayAnswer = Signal()
        var settings = CollectorConfiguration()
        settings.answer = { _, _ in
            asked.raise()
            _ = mayAnswer.wait()
            return .status(200)
        }
        let collector = try Collector(settings)
        let analytics = Analytics(configuration: .test(directory))
        let working = RecordingDelivery()
        analytics.add(plugin: PostingDestination(name: "slow", url: "\(collector.url)/webhook"))
        analytics.add(plugin: RecordingDestination(name: "working", working))
        track(analytics, 1...3)
        analytics.flush()
        #expect(asked.wait())
        #expect(working.attempted.wait(), "while the other waits for its answer")
        track(analytics, 4...5)
        analytics.flush()
        #expect(working.attempted.wait())
        #expect(numbers(working) == [1, 2, 3, 4, 5])
        for _ in 0..<2 { mayAnswer.raise() }
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(try lawHolds(directory))
        #expect(analytics.close())
        collector.stop()
    }

    @Test func keepsItsPositionOverARestart() throws {
        let first = Analytics(configuration: .test(directory))
        let early = RecordingDelivery(
            limits: BatchLimits(events: 2, bytes: 1_000_000), outcomes: [.accepted, .accepted, .blocked("no")])
        first.add(plugin: RecordingDestination(early))
        track(first, 1...6)
        _ = first.flush(timeout: .seconds(10))
        #expect(first.close())

        let second = Analytics(configuration: .test(directory))
        let late = RecordingDelivery()
        second.add(plugin: RecordingDestination(late))
        #expect(second.flush(timeout: .seconds(10)).queued == 0)
        #expect(numbers(early) == [1, 2, 3, 4])
        #expect(numbers(late) == [5, 6])
        #expect(second.close())
    }

    @Test func aRemovedDestinationKeepsItsRows() throws {
        let first = Analytics(configuration: .test(directory))
        let gone = first.add(plugin: RecordingDestination(name: "gone", RecordingDelivery(outcomes: [.blocked("no")])))
        let stays = RecordingDelivery()
        first.add(plugin: RecordingDestination(name: "stays", stays))
        track(first, 1...3)
        _ = first.flush(timeout: .seconds(10))
        first.remove(gone)
        track(first, 4...5)
        _ = first.flush(timeout: .seconds(10))
        #expect(first.close())
        #expect(numbers(stays) == [1, 2, 3, 4, 5])
        #expect(try row("gone").queued == 3)
        #expect(try lawHolds(directory))

        let second = Analytics(configuration: .test(directory))
        let back = RecordingDelivery()
        second.add(plugin: RecordingDestination(name: "gone", back))
        _ = second.flush(timeout: .seconds(10))
        #expect(numbers(back) == [1, 2, 3])
        #expect(second.close())
        #expect(try lawHolds(directory))
    }
}
