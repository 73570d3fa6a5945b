// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import TestSupport
import Testing

/// What a session is after a restart, and after a reset.
@Suite struct SessionRestartTests: SessionBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

    // MARK: - Restarts

    @Test func aRestartWithinTheLimitGoesOn() throws {
        let first = make()
        first.track(name: "A")
        #expect(first.close())
        time.advance(.seconds(1_700))
        let second = make()
        second.track(name: "B")
        #expect(second.close())
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin))")
    }

    @Test func aRestartBeyondTheLimitEndsTheOldSessionFirst() throws {
        let first = make()
        first.identify(userId: "u1")
        #expect(first.close())
        // Another boot: only the wall clock tells how long it took.
        let later = TestClock(wall: begin + 1_800_000, bootID: "two")
        let second = make(later)
        second.track(name: "B")
        #expect(second.close())
        let next = begin + 1_800_000
        #expect(
            try text()
                == "session_start(\(begin)) identify(\(begin)) session_end(\(begin)) session_start(\(next)) B(\(next))")
    }

    @Test func aRebootWithinTheLimitGoesOn() throws {
        let first = make()
        first.track(name: "A")
        #expect(first.close())
        let second = make(TestClock(wall: begin + 1_799_999, bootID: "two"))
        second.track(name: "B")
        #expect(second.close())
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin))")
    }

    @Test func keepsItsStateAsIntegerText() throws {
        let analytics = make()
        analytics.track(name: "A")
        time.advance(.seconds(5))
        analytics.track(name: "B")
        store(analytics)
        #expect(try key("analytics_session_id") == "\(begin)")
        #expect(try key("analytics_session_id.last_access") == "\(begin + 5_000)")
        for key in ["analytics_session_id", "analytics_session_id.last_access"] {
            #expect(
                try inspect(directory) {
                    try $0.connection.integer("SELECT typeof(value) = 'text' FROM kv WHERE key = '\(key)'")
                } == 1)
        }
        #expect(analytics.close())
    }

    @Test func goesOnFromThePublicKeysAlone() throws {
        let first = make()
        first.track(name: "A")
        #expect(first.close())
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                try store.keyValue.set("analytics_session_id.state", "damaged")
                try store.keyValue.set("analytics_session_id", "\(begin + 7)")
            }
        }
        let second = make()
        second.track(name: "B")
        #expect(second.close())
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin + 7))")
    }

    // MARK: - Reset

    @Test func aResetEndsWithTheOldIdentityAndTheNextEventStartsWithTheNew() throws {
        let analytics = make()
        analytics.identify(userId: "u1")
        let old = analytics.anonymousId
        time.advance(.seconds(60))
        analytics.track(name: "A")
        time.advance(.seconds(60))
        analytics.reset()
        analytics.reset()
        time.advance(.seconds(60))
        analytics.track(name: "B")
        store(analytics)
        let next = begin + 180_000
        #expect(
            try text()
                == "session_start(\(begin)) identify(\(begin)) A(\(begin)) session_end(\(begin)) session_start(\(next)) B(\(next))"
        )
        let events = try stored()
        #expect((events[3].anonymousId, events[3].userId) == (old, "u1"))
        #expect(events[3].time == begin + 60_000)
        #expect((events[4].anonymousId, events[4].userId) == (analytics.anonymousId, nil))
        #expect(analytics.close())
    }

    @Test func aResetWithoutASessionSendsNothing() throws {
        let analytics = make()
        analytics.reset()
        store(analytics)
        #expect(try stored().isEmpty)
        #expect(try key("analytics_session_id") == nil)
        #expect(analytics.close())
    }
}
