// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

@Suite struct BacklogTests {
    let directory = TemporaryDirectory()
    private let delivery = RecordingDelivery()

    @Test func countsEachEventThatWaitsOnce() throws {
        let analytics = Analytics(
            configuration: .test(directory),
            plugins: [RecordingDestination(delivery), RecordingDestination(name: "other")])
        #expect(analytics.pendingCount == 0)
        for number in 1...5 {
            analytics.track(name: "A")
            #expect(analytics.pendingCount == number)
        }
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(analytics.pendingCount == 5)
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(analytics.pendingCount == 0)
        analytics.track(name: "B")
        #expect(analytics.close())
        #expect(analytics.pendingCount == 1)

        // The next process knows it once it has started.
        let next = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        #expect(next.store(timeout: .seconds(20)) == nil)
        #expect(next.pendingCount == 1)
        #expect(next.close())
    }

    @Test func eventsThatAreOnlyInTheSpoolAreCounted() throws {
        let isHeld = Guarded(true)
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(enrichment: { _ in
            _ = poll { !isHeld.current }
            return .keep
        })
        for _ in 0..<2 * Limits.mailboxEvents { analytics.track(name: "A") }
        #expect(analytics.pendingCount == 2 * Limits.mailboxEvents)
        isHeld.read { $0 = false }
        #expect(analytics.store(timeout: .seconds(50)) == nil)
        #expect(analytics.pendingCount == 2 * Limits.mailboxEvents)
        #expect(analytics.close())
    }

    @Test func aRefusedEventDoesNotWait() throws {
        let delivery = RecordingDelivery(refuses: { $0.objectValue?["event"] == "Bad" })
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        for name in ["A", "Bad", "B"] { analytics.track(name: name) }
        _ = analytics.flush(timeout: .seconds(20))
        #expect(try StoreStatus(.test(directory)).destinations.map(\.deadLettered) == [1])
        #expect(analytics.pendingCount == 0)
        #expect(analytics.close())
    }

    @Test func purgeRemovesWhatWaitsAndKeepsIdentityAndDeadLetters() throws {
        let delivery = RecordingDelivery(refuses: { $0.objectValue?["event"] == "Bad" })
        let analytics = Analytics(
            configuration: .test(directory),
            plugins: [RecordingDestination(delivery), RecordingDestination(name: "other", SilentDelivery().delivery)])
        analytics.identify(userId: "U", traits: ["plan": "pro"])
        for name in ["Bad", "Good"] { analytics.track(name: name) }
        _ = analytics.flush(timeout: .seconds(20))
        for _ in 0..<7 { analytics.track(name: "Waiting") }
        #expect(analytics.pendingCount > 7)
        analytics.purge()
        #expect(analytics.store(timeout: .seconds(20)) == nil)

        #expect(analytics.pendingCount == 0)
        #expect(try lawHolds(directory))
        let status = try StoreStatus(.test(directory))
        #expect(status.destinations.map(\.queued) == [0, 0])
        #expect(status.destinations[0].deadLettered == 1)
        #expect(try DeadLetters(.test(directory)).list().filter { $0.destination == "recording" }.count == 1)
        #expect(analytics.counters.dropped[.purged] ?? 0 >= 7)
        #expect(analytics.userId == "U" && analytics.traits == ["plan": "pro"])

        analytics.track(name: "Later")
        _ = analytics.flush(timeout: .seconds(20))
        #expect(delivery.names.last == "Later" && delivery.bodies.last?["userId"] == "U")
        #expect(!delivery.names.contains("Waiting"))
        #expect(analytics.close())
        #expect(try lawHolds(directory))
        // A closed client removes nothing.
        analytics.purge()
    }

    @Test func purgeRemovesEventsThatNoDestinationHasClaimed() throws {
        let analytics = Analytics(configuration: .test(directory))
        for _ in 0..<3 { analytics.track(name: "A") }
        analytics.purge()
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(try storedEvents(directory).map { $0["event"] } == ["B"])
        #expect(analytics.counters.dropped == [.purged: 3])
        #expect(analytics.close())
        #expect(try StoreStatus(.test(directory)).dropped.map(\.reason) == ["purged"])
    }

    @Test func purgeLeavesARequestToDeleteTheUser() throws {
        let analytics = Analytics(
            configuration: .test(directory),
            plugins: [
                RecordingDestination(name: "deleting", SilentDelivery().delivery, takesDeletions: true),
                RecordingDestination(delivery),
            ])
        analytics.track(name: "A")
        _ = analytics.store(timeout: .seconds(20))
        analytics.forget()
        analytics.track(name: "B")
        analytics.purge()
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        let queued = try StoreStatus(.test(directory)).destinations.map { "\($0.name) \($0.queued)" }
        #expect(queued == ["deleting 1", "recording 0"])
        #expect(analytics.close())
    }

    @Test func purgeLeavesWhatIsCalledLater() throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.purge()
        analytics.track(name: "A")
        #expect(analytics.close())
        #expect(try storedEvents(directory).map { $0["event"] } == ["A"])
        #expect(analytics.counters.dropped.isEmpty)
    }
}

/// A server that never takes anything.
private struct SilentDelivery {
    let delivery = RecordingDelivery(
        outcomes: Array(repeating: .retry("it is down", after: .seconds(3_600)), count: 1_000))
}
