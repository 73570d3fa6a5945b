// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

/// Several clients on one store stand for several processes.
@Suite struct SessionSharingTests: SessionBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

    /// Two clients on one store are as two processes: they share nothing else.
    @Test func exactlyOneOfManyProcessesRenewsTheSession() throws {
        let clients = [make(), make()]
        let rounds = 25
        for round in 0..<rounds {
            onThreads(8) { thread in
                clients[thread % 2].track(name: "r\(round)")
                if thread < 2 { clients[thread].flush() }
            }
            for client in clients { store(client) }
            time.advance(limit)
        }
        for client in clients { #expect(client.close()) }

        let events = try stored()
        #expect(events.count { $0.name == "session_start" } == rounds)
        #expect(events.count { $0.name == "session_end" } == rounds - 1)
        #expect(events.count { $0.name.hasPrefix("r") } == rounds * 8)
        var open: Int64?
        var previous: Stored?
        for event in events {
            switch event.name {
            case "session_end":
                #expect(event.id == open)
                open = nil
            case "session_start":
                #expect(open == nil)
                #expect(previous == nil || previous?.name == "session_end", "adjacent")
                open = event.id
            default: #expect(event.id == open, "each event is in the session of its round")
            }
            previous = event
        }
    }

    @Test func aSecondClientJoinsTheSessionOfTheFirst() throws {
        let one = make()
        let other = make()
        one.track(name: "A")
        store(one)
        time.advance(.seconds(60))
        other.track(name: "B")
        store(other)
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin))")
        #expect(other.sessionId == begin)
        // The first knows nothing of B and must not end the session.
        time.advance(.seconds(1_770))
        one.track(name: "C")
        store(one)
        #expect(try text().hasSuffix("B(\(begin)) C(\(begin))"))
        #expect(one.close() && other.close())
    }

    @Test func seesAnotherProcessesResetThoughASessionTurns() throws {
        let one = make()
        let other = make()
        one.identify(userId: "visitor")
        store(one)
        other.track(name: "A")
        store(other)
        #expect(other.userId == "visitor")
        time.advance(.seconds(1))
        other.reset()
        store(other)
        // It does not foresee that the session is over.
        one.track(name: "B")
        store(one)
        one.track(name: "C")
        store(one)
        #expect(one.userId == nil)
        #expect(try stored().last?.userId == nil)
        #expect(one.close() && other.close())
    }

    @Test func knowsASessionThatBeganAndEndedWithinOneBatch() throws {
        let analytics = make()
        analytics.track(name: "A")
        time.advance(.seconds(600))
        analytics.track(name: "B")
        analytics.reset()
        time.advance(.seconds(600))
        analytics.track(name: "C")
        store(analytics)
        analytics.track(
            name: "late", options: CallOptions(timestamp: Timestamp(milliseconds: begin + 300_000)))
        store(analytics)
        #expect(try stored().last { $0.name == "late" }?.id == begin)
        #expect(analytics.close())
    }
}
