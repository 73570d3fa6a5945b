// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

/// What identify and reset do with id and traits, and what events of the same moment have.
@Suite struct IdentityChangeTests {
    let directory = TemporaryDirectory()

    @Test func traitsStayWithTheirUser() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.identify(userId: "u1", traits: ["plan": "guest", "seats": 1])
        analytics.identify(userId: "u1")
        #expect(analytics.traits == ["plan": "guest", "seats": 1])
        analytics.identify(traits: ["seats": 2])
        #expect(analytics.userId == "u1")
        #expect(analytics.traits == ["plan": "guest", "seats": 2])
        analytics.identify(userId: "u2")
        #expect(analytics.traits == [:])
        #expect(analytics.close())
    }

    @Test func aResetForgetsIdAndTraits() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.identify(userId: "u1", traits: ["plan": "guest"])
        let before = analytics.anonymousId
        analytics.reset()
        #expect(analytics.userId == nil)
        #expect(analytics.traits == [:])
        #expect(analytics.anonymousId != before)
        #expect(analytics.close())
    }

    /// Another thread's calls do not come between an identify and what it makes known.
    @Test func aCallBehindAnIdentifyHasItsIdAlsoUnderLoad() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        let isDone = Guarded(false)
        onThreads(5) { thread in
            if thread > 0 {
                // Not more than the spool takes.
                for _ in 0..<2_000 where !isDone.current { analytics.track(name: "noise") }
                return
            }
            for number in 0..<200 {
                analytics.identify(userId: "user-\(number)")
                analytics.track(name: "known", properties: ["user": .string("user-\(number)")])
            }
            isDone.read { $0 = true }
        }
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)
        let known = delivery.bodies.filter { $0["event"] == "known" }
        #expect(known.count == 200)
        #expect(known.allSatisfy { $0["userId"] == $0["properties"]?.objectValue?["user"] })
        #expect(analytics.close())
    }
}
