// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

@Suite struct IdentityTests {
    let directory = TemporaryDirectory()

    @Test func keepsIdentityOverARestart() {
        let first = Analytics(configuration: .test(directory))
        let anonymousId = first.anonymousId
        first.identify(userId: "u1", traits: ["plan": "guest"])
        #expect(first.close())

        let second = Analytics(configuration: .test(directory))
        #expect(second.anonymousId == anonymousId)
        #expect(second.userId == "u1")
        #expect(second.traits == ["plan": "guest"])
    }

    @Test func keepsTheAnonymousIdOfAnInstallationThatOnlyTracked() {
        let first = Analytics(configuration: .test(directory))
        first.track(name: "A")
        #expect(first.close())
        let second = Analytics(configuration: .test(directory))
        #expect(second.anonymousId == first.anonymousId)
    }

    @Test func takesTheIdentityFromTheStoreWhenTheFileIsLost() {
        let first = Analytics(configuration: .test(directory))
        first.identify(userId: "u1")
        #expect(first.close())
        unlink("\(directory.path)/identity.json")

        let second = Analytics(configuration: .test(directory))
        second.track(name: "A")
        _ = second.store(timeout: .seconds(5))
        #expect(second.userId == "u1")
        #expect(second.anonymousId == first.anonymousId)
        #expect(second.close())
    }

    @Test func stampsEachCallWithTheIdentityOfItsMoment() {
        let analytics = Analytics(configuration: .test(directory))
        let delivery = RecordingDelivery()
        analytics.add(plugin: RecordingDestination(delivery))
        let before = analytics.anonymousId
        analytics.track(name: "anonymous")
        analytics.identify(userId: "u1", traits: ["a": 1])
        analytics.track(name: "known")
        analytics.identify(traits: ["b": 2])
        analytics.alias(newId: "u2")
        analytics.track(name: "aliased")
        #expect(analytics.traits == ["a": 1, "b": 2])
        analytics.reset()
        analytics.track(name: "fresh")
        let after = analytics.anonymousId
        _ = analytics.flush(timeout: .seconds(5))

        #expect(delivery.names == ["anonymous", "identify", "known", "identify", "alias", "aliased", "fresh"])
        #expect(delivery.bodies.map { $0["userId"]?.stringValue } == [nil, "u1", "u1", "u1", "u2", "u2", nil])
        #expect(delivery.bodies.map { $0["anonymousId"]?.stringValue } == Array(repeating: before, count: 6) + [after])
        #expect(delivery.bodies[4]["previousId"] == "u1")
        #expect(before != after)
        #expect(analytics.close())
    }

    @Test func seesTheIdentityOfAnotherProcessAtItsNextCommit() {
        let one = Analytics(configuration: .test(directory))
        one.track(name: "A")
        #expect(one.store(timeout: .seconds(5)) == nil)
        let other = Analytics(configuration: .test(directory))
        other.identify(userId: "u9")
        #expect(other.close())
        one.track(name: "B")
        #expect(one.store(timeout: .seconds(5)) == nil)
        #expect(one.userId == "u9")
        #expect(one.close())
    }
}
