// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

/// What must hold when something goes wrong between two steps.
@Suite struct FaultTests {
    let directory = TemporaryDirectory()

    private func track(_ analytics: Analytics, _ count: Int) {
        for number in 1...count { analytics.track(name: "E", properties: ["n": .int(Int64(number))]) }
    }

    private func execute(_ sql: String) throws { try inspect(directory) { try $0.connection.execute(sql) } }

    @Test func closeIsFalseWhileAnEventIsInMemoryOnly() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        // Another process repairs the store; what is deferred is in no spool.
        let repairing = try StoreLock(alone: state.storeLock)
        let analytics = Analytics(configuration: .test(directory))
        analytics.track(name: "A", options: CallOptions(durability: .deferred))
        #expect(!analytics.close(timeout: .seconds(2)))
        withExtendedLifetime(repairing) {}
    }

    // MARK: - Delivery

    @Test func sendsABatchOnceThoughItsResultCannotBeStoredForAWhile() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(delivery))
        track(analytics, 3)
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        try execute(
            """
            CREATE TRIGGER refuse BEFORE UPDATE OF position ON destination
            BEGIN SELECT RAISE(FAIL, 'told so'); END
            """)
        let report = analytics.flush(timeout: .milliseconds(1_500))
        #expect(report.queued == 3)
        #expect(!report.isDelivered)
        #expect(delivery.batches == [3], "it is not sent again")
        #expect(analytics.counters.delivered == 0, "it is not put down yet")

        try execute("DROP TRIGGER refuse")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.batches == [3])
        #expect(analytics.counters.delivered == 3)
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func countsEventsOnceThatMadeRoomWhileTheyWereUnderWay() throws {
        let analytics = Analytics(configuration: .test(directory).delivers(false))
        analytics.add(plugin: RecordingDestination())
        track(analytics, 10)
        #expect(analytics.close())
        let outbox = DestinationQueue(
            store: SerializedStore(
                directory: StateDirectory(path: directory.path), use: .longLived, limits: StoreLimits(),
                mayUseMemory: false, report: { _ in }), destination: 0)
        let batch = try #require(try outbox.nextBatch(after: 0, limits: .segment))
        #expect(batch.count == 10)
        // The oldest three go, as when the store is full.
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                for id in batch.ids.prefix(3) { try store.events.remove(id) }
                try store.destinations.addDropped(3, to: 0)
                try store.counters.add(-3, to: CounterTable.rows)
            }
        }
        let time = Timestamp(milliseconds: 0)
        let left = try outbox.record(
            .delivered(deadLetters: Array(batch.ids.prefix(2))), of: batch, error: "x", retry: nil, now: time,
            tally: AttemptTally(), at: time)
        #expect(left == 0)
        let row = try #require(try inspect(directory) { try $0.destinations.row(0) })
        #expect((row.routed, row.delivered, row.dropped, row.deadLettered) == (10, 7, 3, 0))
        #expect(try lawHolds(directory))
    }

    @Test func deliversToADestinationThatWasAddedAgain() throws {
        let first = RecordingDelivery(outcomes: [.retry("later", after: .seconds(3_600))])
        let second = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        let handle = analytics.add(plugin: RecordingDestination(first))
        track(analytics, 3)
        #expect(analytics.flush(timeout: .seconds(1)).queued == 3)
        analytics.remove(handle)
        analytics.add(plugin: RecordingDestination(second))
        track(analytics, 2)
        _ = analytics.flush(timeout: .seconds(1))
        #expect(second.batches.isEmpty, "the server named a time, and it holds for every client")
        #expect(try lawHolds(directory))
        #expect(analytics.close())
    }

    @Test func keepsATimeThatTheServerNamedWhenAnotherProcessTakesOver() throws {
        let app = Analytics(configuration: .test(directory))
        app.add(
            plugin: RecordingDestination(RecordingDelivery(outcomes: [.accepted, .retry("429", after: .seconds(900))])))
        app.track(name: "first")
        #expect(app.flush(timeout: .seconds(5)).queued == 0)

        let delivery = RecordingDelivery()
        let other = Analytics(configuration: .test(directory))
        other.add(plugin: RecordingDestination(delivery))
        other.track(name: "other")
        #expect(other.store(timeout: .seconds(5)) == nil)
        #expect(app.flush(timeout: .seconds(1)).queued == 1)
        #expect(app.close())
        let report = other.flush(timeout: .seconds(1))
        #expect(report.queued == 1)
        // The first process may still have its lock.
        #expect(report.problems.first?.contains("429; next attempt at 20") == true, "\(report.problems)")
        #expect(report.nextAttempt != nil)
        #expect(delivery.batches.isEmpty)
        #expect(other.close())
    }

    @Test func theDeliveringProcessHearsOfWhatOthersStore() throws {
        let delivery = RecordingDelivery()
        let app = Analytics(configuration: .test(directory).flushAt(1))
        app.add(plugin: RecordingDestination(delivery))
        app.track(name: "app")
        #expect(app.flush(timeout: .seconds(5)).queued == 0)
        #expect(delivery.attempted.wait())

        let other = Analytics(configuration: .test(directory).flushAt(1))
        other.add(plugin: RecordingDestination(RecordingDelivery()))
        other.track(name: "other")
        #expect(other.store(timeout: .seconds(5)) == nil)
        #expect(delivery.attempted.wait(), "without a flush")
        #expect(delivery.names == ["app", "other"])
        #expect(other.close() && app.close())
    }

    @Test func refusesASecondDestinationOfOneName() throws {
        let errors = ErrorLog()
        let first = RecordingDelivery()
        let second = RecordingDelivery()
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: errors))
        analytics.add(plugin: RecordingDestination(first))
        analytics.add(plugin: RecordingDestination(second))
        track(analytics, 2)
        #expect(analytics.flush(timeout: .seconds(5)).queued == 0)
        #expect(first.batches == [2] && second.batches.isEmpty)
        #expect(errors.codes == [.invalidConfiguration])
        #expect(analytics.close())
    }

    @Test func aRemovedDestinationGetsNoMoreEvents() throws {
        let analytics = Analytics(configuration: .test(directory))
        let handle = analytics.add(plugin: RecordingDestination())
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(5)).queued == 0)
        analytics.remove(handle)
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.counters.dropped == [.unrouted: 1])
        #expect(analytics.close())
    }

    // MARK: - Waiting

    @Test func aFlushOfAClosedClientEndsAtOnceAndSaysWhy() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination())
        track(analytics, 2)
        #expect(analytics.close())
        let report = analytics.flush(timeout: .seconds(3_600))
        #expect(report.problems == ["the client is closed"])
        #expect(!report.isDelivered)
    }

    @Test func aFlushAndAReadEndThoughTheStoreCannotBeOpened() throws {
        // Another process repairs the store, and no other may open it meanwhile.
        let state = StateDirectory(path: directory.path)
        try state.create()
        let alone = try StoreLock(alone: state.storeLock)
        defer { withExtendedLifetime(alone) {} }

        let analytics = Analytics(configuration: .test(directory))
        let handle = analytics.add(plugin: ClosureEnrichment { _ in .keep })
        analytics.track(name: "B")
        let report = analytics.flush(timeout: .seconds(2))
        #expect(report.problems.count >= 1)
        #expect(!report.isDelivered)
        let type: PluginType? = handle.read { $0.type }
        #expect(type == .enrichment)
        #expect(!analytics.close(timeout: .seconds(10)), "what is in the spool is kept")
    }

    @Test func aFlushIntervalMayBeAnyDuration() throws {
        for interval in [Duration.seconds(Int64.max), .seconds(-5), .zero, .nanoseconds(1)] {
            let analytics = Analytics(configuration: .test(directory).flushInterval(interval))
            analytics.add(plugin: RecordingDestination(RecordingDelivery(outcomes: [.blocked("no")])))
            track(analytics, 2)
            #expect(analytics.store(timeout: .seconds(5)) == nil)
            #expect(analytics.close())
        }
    }

    // MARK: - Identity

    @Test func aResetHoldsThoughTheClockWasSetBack() {
        let time = TestClock()
        let first = Analytics(configuration: .test(directory, time))
        first.identify(userId: "visitor")
        #expect(first.close())

        // A device without a battery for its clock, before it is set.
        let early = TestClock(wall: 1_000)
        let second = Analytics(configuration: .test(directory, early))
        #expect(second.userId == "visitor")
        second.reset()
        second.track(name: "A")
        #expect(second.store(timeout: .seconds(5)) == nil)
        #expect(second.userId == nil)
        second.identify(userId: "next")
        #expect(second.store(timeout: .seconds(5)) == nil)
        #expect(second.userId == "next")
        second.reset()
        let anonymousId = second.anonymousId
        #expect(second.close())

        let third = Analytics(configuration: .test(directory, early))
        third.track(name: "B")
        #expect(third.store(timeout: .seconds(5)) == nil)
        #expect(third.userId == nil)
        #expect(third.anonymousId == anonymousId)
        #expect(third.close())
    }
}
