// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

/// A destination may finish an attempt later, from any thread.
@Suite struct PendingDeliveryTests: DeliveryBench {
    let directory = TemporaryDirectory()
    let later = LaterDelivery()

    private func client(_ log: ErrorLog = ErrorLog()) -> Analytics {
        Analytics(configuration: Configuration.test(directory).errors(to: log), plugins: [later.destination])
    }

    private var letters: [String] {
        get throws { try DeadLetters(.test(directory)).list().map(\.reason).sorted() }
    }

    @Test func aPendingAttemptDoesNotHoldUpAnotherDestination() throws {
        let analytics = client()
        let working = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(name: "working", working))
        track(analytics, 1...5)
        analytics.flush()
        let attempt = try #require(later.attempt())
        #expect(attempt.numbers == [1, 2, 3, 4, 5])
        #expect(working.attempted.wait(), "while the first attempt is pending")
        track(analytics, 6...7)
        analytics.flush()
        #expect(working.attempted.wait())
        #expect(numbers(working) == [1, 2, 3, 4, 5, 6, 7])
        #expect(later.attempts.count == 1, "a destination has one batch at a time")
        attempt.pending.refuse(1, "no stock")
        attempt.pending.refuse(3, "no price")
        attempt.pending.refuse(99, "not in the batch")
        startThread { #expect(attempt.pending.finish(.accepted)) }
        #expect(try #require(later.attempt()).numbers == [6, 7])
        later.attempts.last?.pending.finish(.accepted)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(try letters == ["no price", "no stock"])
        let row = try row("later")
        #expect((row.delivered, row.deadLettered) == (5, 2))
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func refusedEventsAreDeadLettersWhateverBecomesOfTheOthers() throws {
        let analytics = client()
        track(analytics, 1...4)
        analytics.flush()
        let first = try #require(later.attempt())
        first.pending.refuse(0, "bad")
        first.pending.finish(.retry("busy", after: nil))
        #expect(try poll { try row("later").deadLettered == 1 })
        analytics.flush()
        let second = try #require(later.attempt())
        #expect(second.numbers == [2, 3, 4])
        var verdicts = DeliveryVerdicts()
        verdicts.delivered = [0]
        verdicts.dropped = [2]
        second.pending.refuse(1, "worse")
        second.pending.finish(.partial(verdicts))
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(try letters == ["bad", "worse"])
        #expect(try row("later").dropped == 1)
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func theFirstOutcomeCounts() throws {
        let analytics = client()
        track(analytics, 1...1)
        analytics.flush()
        let pending = try #require(later.attempt()).pending
        #expect(pending.finish(.accepted))
        #expect(!pending.finish(.blocked("no")))
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        pending.refuse(0, "too late")
        #expect(!pending.finish(.refused("too late")))
        #expect(pending.isCancelled)
        #expect(try row("later").delivered == 1)
        #expect(try letters.isEmpty)
        #expect(analytics.close())
    }

    @Test func anOutcomeMayComeBeforeBeginReturns() throws {
        let pending = PendingDelivery()
        #expect(pending.finish(.accepted))
        let woken = Guarded(false)
        let attempt = PendingAttempt(pending, count: 2, now: 0) { woken.read { $0 = true } }
        #expect(try #require(attempt).outcome(at: .min) == .accepted)
        #expect(try #require(attempt).outcome(at: .min) == nil, "it is taken once")
        #expect(!woken.current)
        #expect(PendingAttempt(pending, count: 2, now: 0) {} == nil, "an object serves one attempt")
    }

    @Test func anAttemptThatIsReleasedWithoutAnOutcomeIsTriedAgain() throws {
        let log = ErrorLog()
        let analytics = client(log)
        track(analytics, 1...2)
        analytics.flush()
        #expect(later.attempt() != nil)
        later.release()
        #expect(poll { log.errors.contains { $0.message.contains("let go of the batch without an outcome") } })
        analytics.flush()
        let again = try #require(later.attempt())
        #expect((again.numbers, again.retryCount) == ([1, 2], 1))
        again.pending.finish(.accepted)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
    }

    @Test func anAttemptBeyondItsLimitHasFailed() throws {
        let log = ErrorLog()
        let later = LaterDelivery(limit: .milliseconds(1))
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: log), plugins: [later.destination])
        track(analytics, 1...2)
        analytics.flush()
        let attempt = try #require(later.attempt())
        #expect(poll { log.codes.contains(.deliveryFailed) })
        #expect(attempt.pending.isCancelled)
        #expect(!attempt.pending.finish(.accepted))
        #expect(try row("later").queued == 2)
        #expect(analytics.close())
    }

    @Test func theLimitIsCountedFromTheBeginOfTheAttempt() throws {
        let pending = PendingDelivery(limit: .seconds(2))
        let attempt = try #require(PendingAttempt(pending, count: 1, now: 5) {})
        #expect(attempt.deadline == 2_000_000_005)
        #expect(attempt.outcome(at: 2_000_000_004) == nil)
        #expect(!pending.isCancelled)
        let failed = attempt.outcome(at: 2_000_000_005)
        #expect(failed == .retry("the destination did not finish within 2.0 seconds", after: nil))
        #expect(pending.isCancelled)
        let longest = try #require(PendingAttempt(PendingDelivery(limit: .seconds(Int64.max)), count: 1, now: 0) {})
        #expect(longest.deadline == 3_600_000_000_000)
    }

    @Test func closeDoesNotWaitForItAndTheNextClientSendsTheBatchAgain() throws {
        let first = client()
        track(first, 1...3)
        first.flush()
        let attempt = try #require(later.attempt())
        #expect(first.close())
        #expect(poll { attempt.pending.isCancelled })
        #expect(!attempt.pending.finish(.accepted))
        #expect(try row("later").queued == 3)

        let delivery = RecordingDelivery()
        let second = Analytics(
            configuration: .test(directory), plugins: [RecordingDestination(name: "later", delivery)])
        #expect(second.flush(timeout: .seconds(10)).queued == 0)
        #expect(numbers(delivery) == [1, 2, 3])
        #expect(second.close())
        #expect(try lawHolds(directory))
    }

    @Test func anOutcomeBeforeCloseIsStored() throws {
        let analytics = client()
        track(analytics, 1...3)
        analytics.flush()
        let attempt = try #require(later.attempt())
        attempt.pending.finish(.accepted)
        #expect(analytics.close())
        #expect(try poll { try row("later").delivered == 3 })
    }

    @Test func aClientMayBeReleasedWhileAnAttemptIsPending() throws {
        do {
            let analytics = client()
            track(analytics, 1...1)
            analytics.flush()
            withExtendedLifetime(analytics) { #expect(later.begun.wait()) }
        }
        let pending = try #require(later.attempts.last).pending
        #expect(poll { pending.isCancelled })
        #expect(!pending.finish(.accepted))
    }

    @Test func anOptOutCancelsIt() throws {
        let analytics = client()
        track(analytics, 1...3)
        analytics.flush()
        let attempt = try #require(later.attempt())
        #expect(analytics.optOut())
        #expect(poll { attempt.pending.isCancelled })
        #expect(!attempt.pending.finish(.accepted))
        #expect(analytics.optIn())
        track(analytics, 4...4)
        analytics.flush()
        let next = try #require(later.attempt())
        #expect(next.numbers == [4])
        next.pending.finish(.accepted)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
    }

    @Test func removingTheDestinationOrDisablingTheClientCancelsIt() throws {
        let analytics = client()
        track(analytics, 1...1)
        analytics.flush()
        let first = try #require(later.attempt())
        analytics.isEnabled = false
        #expect(poll { first.pending.isCancelled })
        analytics.isEnabled = true
        analytics.flush()
        let second = try #require(later.attempt())
        analytics.find(key: "later").map { analytics.remove($0) }
        #expect(poll { second.pending.isCancelled })
        #expect(analytics.close())
    }

    @Test(arguments: [nil, "http://localhost:1/"])
    func aClosedNetworkCancelsOnlyWhatHasAnAddress(address: String?) throws {
        let later = LaterDelivery(address: address)
        let analytics = Analytics(configuration: .test(directory), plugins: [later.destination])
        let working = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(name: "working", working))
        track(analytics, 1...1)
        analytics.flush()
        let attempt = try #require(later.attempt())
        #expect(working.attempted.wait())
        analytics.setNetworkUse(.closed)
        if address == nil {
            track(analytics, 2...2)
            analytics.flush()
            #expect(working.attempted.wait(), "the uploader has heard of the network")
            #expect(attempt.pending.finish(.accepted))
        } else {
            #expect(poll { attempt.pending.isCancelled })
        }
        #expect(analytics.close())
    }

    @Test func aFlushThatWaitsReturnsInTimeAndSaysWhatIsLeft() throws {
        let analytics = client()
        track(analytics, 1...3)
        analytics.flush()
        let attempt = try #require(later.attempt())
        let report = analytics.flush(timeout: .milliseconds(500))
        #expect(report.queued == 3)
        #expect(report.nextAttempt == nil && !report.isBlocked)
        #expect(!attempt.pending.isCancelled, "it goes on")
        startThread { attempt.pending.finish(.accepted) }
        let end = analytics.flush(timeout: .seconds(10))
        #expect(end.queued == 0)
        #expect(analytics.close())
    }
}
