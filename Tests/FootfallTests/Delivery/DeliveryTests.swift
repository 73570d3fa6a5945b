// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

@Suite struct DeliveryTests: DeliveryBench {
    let directory = TemporaryDirectory()

    /// What a server says that refuses events by their place in the batch.
    private func refusing(_ places: [Int: String]) -> DeliveryOutcome {
        var verdicts = DeliveryVerdicts()
        verdicts.refused = places
        return .partial(verdicts)
    }

    // MARK: - Outcomes

    @Test func keepsEventsWhenServerAnswers503() throws {
        let told = Signal()
        let analytics = Analytics(configuration: Configuration.test(directory).errorHandler { _ in told.raise() })
        let delivery = RecordingDelivery(outcomes: [.retry("503", after: .seconds(60))])
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...10)
        analytics.flush()
        #expect(told.wait(), "once the result is stored")
        #expect(delivery.batches == [10])
        #expect(try row().queued == 10)
        #expect(try row().retry?.contains("waiting") == true)
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func putsThoseAsideThatTheServerNamesAndDeliversTheRestAtOnce() throws {
        let analytics = Analytics(configuration: .test(directory))
        let delivery = RecordingDelivery(outcomes: [refusing([3: "no plan", 41: "no price", 999: "nobody"])])
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...100)
        let report = analytics.flush(timeout: .seconds(10))
        #expect((report.delivered, report.deadLettered, report.dropped, report.queued) == (98, 2, 0, 0))
        #expect(delivery.batches == [100, 98], "two requests, and none to look for them")
        #expect(numbers(delivery) == (1...100).filter { $0 != 4 && $0 != 42 })
        #expect(try lawHolds(directory))
        let letters = try DeadLetters(.test(directory)).list()
        #expect(letters.map(\.reason) == ["no plan", "no price"])
        #expect(letters.allSatisfy { $0.destination == "recording" && $0.body.contains("\"n\":4") })
        #expect(analytics.close())
    }

    @Test func keepsDeadLettersWithinATenthOfTheStore() throws {
        let analytics = Analytics(configuration: Configuration.test(directory).maximumStoredEvents(100))
        let delivery = RecordingDelivery(
            outcomes: (0..<3).map { _ in
                refusing(Dictionary(uniqueKeysWithValues: (0..<8).map { ($0, "no \($0)") }))
            })
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...50)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(try DeadLetters(.test(directory)).list().count == 10)
        #expect(numbers(delivery).count == 26)
        #expect(try lawHolds(directory))
        let row = try row()
        #expect((row.routed, row.delivered, row.dropped, row.deadLettered) == (50, 26, 14, 10))
        #expect(analytics.close())
    }

    @Test func putsOneBadEventOfAHundredAsideAndDeliversTheRest() throws {
        let analytics = Analytics(configuration: .test(directory))
        let delivery = RecordingDelivery(refuses: { $0.objectValue?["properties"]?.objectValue?["n"] == 42 })
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...100)
        let report = analytics.flush(timeout: .seconds(10))

        #expect(report.delivered == 99)
        #expect(report.deadLettered == 1)
        #expect(report.dropped == 0)
        #expect(report.isDelivered, "no event waits any more")
        #expect(report.queued == 0)
        #expect(numbers(delivery) == (1...100).filter { $0 != 42 })
        #expect(delivery.batches.count < 30)
        #expect(try lawHolds(directory))
        let row = try row()
        #expect((row.routed, row.delivered, row.dropped, row.deadLettered) == (100, 99, 0, 1))
        #expect(try inspect(directory) { try $0.counters.value(CounterTable.rows) } == 1, "the dead letter's own")
        #expect(try inspect(directory) { try $0.connection.integer("SELECT event FROM exception") } == 42)
        #expect(analytics.close())
    }

    /// The server names every event behind a suspect, and takes none: nothing shows
    /// what the suspect is, so it is tried again.
    @Test func aSuspectIsTriedAgainWhenWhatCameBehindItIsRefusedByName() throws {
        let analytics = Analytics(configuration: Configuration.test(directory).flushAt(1))
        let delivery = RecordingDelivery(outcomes: [.refused("413"), refusing([0: "no plan"])])
        analytics.add(plugin: RecordingDestination(delivery))
        for number in Int64(1)...2 {
            track(analytics, number...number)
            #expect(delivery.attempted.wait())
            #expect(analytics.store(timeout: .seconds(10)) == nil)
        }
        #expect(analytics.flush(timeout: .seconds(5)).queued == 0)
        #expect(delivery.batches == [1, 1, 1])
        #expect(numbers(delivery) == [1])
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func aBadEventThatCameAloneIsGivenUpWhenTheNextIsTaken() throws {
        let analytics = Analytics(configuration: Configuration.test(directory).flushAt(1))
        let delivery = RecordingDelivery(refuses: { $0.objectValue?["properties"]?.objectValue?["n"] == 1 })
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...1)
        #expect(delivery.attempted.wait())
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(try row().deadLettered == 0, "it may be the server")
        track(analytics, 2...2)
        #expect(delivery.attempted.wait(), "it goes past the other, without a flush")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.batches == [1, 1])
        #expect(numbers(delivery) == [2])
        #expect(try row().deadLettered == 1)
        let letter = try DeadLetters(.test(directory)).list().first
        #expect(letter?.reason == "told so")
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func putsNothingAsideWhenTheServerRefusesEverything() throws {
        let errors = Guarded<[String]>([])
        let analytics = Analytics(
            configuration: Configuration.test(directory).errorHandler { error in
                errors.read { $0.append(error.message) }
            })
        let delivery = RecordingDelivery(refuses: { _ in true })
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...100)
        let report = analytics.flush(timeout: .seconds(10))
        #expect(report.queued == 100)
        #expect(report.isBlocked)
        #expect(try row().deadLettered == 0)
        #expect(try lawHolds(directory))
        #expect(errors.current.count == delivery.batches.count)
        #expect(analytics.close())
    }

    @Test func aBlockedDestinationIsTriedAtEachFlush() throws {
        let analytics = Analytics(configuration: .test(directory))
        let delivery = RecordingDelivery(outcomes: [.blocked("403"), .blocked("403")])
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...3)
        for _ in 0..<2 {
            let report = analytics.flush(timeout: .seconds(10))
            #expect(report.queued == 3)
            #expect(report.isBlocked)
            #expect(report.problems == ["recording: 403"])
        }
        #expect(analytics.flush(timeout: .seconds(10)).delivered == 3)
        #expect(delivery.attempts.map(\.retryCount) == [0, 1, 2])
        #expect(analytics.close())
    }

    @Test func stampsEachAttemptWithItsOwnTime() {
        let time = TestClock()
        let analytics = Analytics(configuration: .test(directory, time))
        let delivery = RecordingDelivery(outcomes: [.blocked("403")])
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...1)
        _ = analytics.flush(timeout: .seconds(10))
        time.advance(.seconds(10_800))
        _ = analytics.flush(timeout: .seconds(10))
        #expect(delivery.attempts.map(\.sentAt.milliseconds) == [1_700_000_000_000, 1_700_010_800_000])
        #expect(delivery.bodies.first?["timestamp"] == "2023-11-14T22:13:20.000Z")
        #expect(analytics.close())
    }

    // MARK: - When

    @Test func nineteenEventsWaitAndTwentyAreOneBatch() {
        let analytics = Analytics(configuration: Configuration.test(directory).flushAt(20))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...19)
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        track(analytics, 20...20)
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(delivery.attempted.wait())
        #expect(analytics.close())
        #expect(delivery.batches == [20])
    }

    @Test func deliversWithoutAFlushWhenTheIntervalIsOver() {
        let analytics = Analytics(configuration: Configuration.test(directory).flushInterval(.milliseconds(20)))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 1...1)
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(delivery.attempted.wait())
        #expect(numbers(delivery) == [1])
        #expect(analytics.close())
    }
}
