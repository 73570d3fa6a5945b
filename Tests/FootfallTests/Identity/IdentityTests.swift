// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
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

    // MARK: - The side file and the store

    private func remove(store: Bool = false, file: Bool = false) {
        if file { unlink("\(directory.path)/identity.json") }
        for suffix in ["", "-wal", "-shm"] where store { unlink("\(directory.path)/store.db\(suffix)") }
    }

    private func write(_ text: String) {
        let descriptor = open("\(directory.path)/identity.json", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        _ = text.withCString { Glibc.write(descriptor, $0, strlen($0)) }
        close(descriptor)
    }

    /// Starts once; gives the identity that events have after the store was read.
    private func start(_ body: (Analytics) -> Void = { _ in }) -> (anonymousId: String, userId: String?) {
        let analytics = Analytics(configuration: .test(directory))
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        body(analytics)
        let found = (analytics.anonymousId, analytics.userId)
        #expect(analytics.close())
        return found
    }

    @Test func takesTheIdentityFromTheFileWhenTheStoreIsLostAndStoresItAgain() {
        let before = start { $0.identify(userId: "u1") }
        remove(store: true)
        #expect(start() == before)
        remove(file: true)
        #expect(start() == before, "it was stored again")
    }

    @Test func isAnotherInstallationWhenBothAreLost() {
        let before = start { $0.identify(userId: "u1") }
        remove(store: true, file: true)
        let after = start()
        #expect(after.userId == nil)
        #expect(after.anonymousId != before.anonymousId)
    }

    @Test func theLaterOfTwoThatDifferWinsWhicheverItIs() {
        let before = start { $0.identify(userId: "u1") }
        // The file is older: of a backup, say.
        write(#"{"anonymousId":"old","userId":"u0","traits":{},"changed":1000}"#)
        #expect(start() == before)
        // The file is newer: the process died before it could store it.
        write(#"{"anonymousId":"new","userId":"u2","traits":{},"changed":4000000000000}"#)
        #expect(start() == ("new", "u2"))
        remove(file: true)
        #expect(start() == ("new", "u2"), "the store has it now")
    }

    @Test(arguments: [
        "", "{", "[]", "null", #"{"anonymousId":""}"#, #"{"anonymousId":5,"changed":1}"#,
        #"{"anonymousId":"x","changed":"soon"}"#, "\u{0}\u{1}", String(repeating: "[", count: 100_000),
    ])
    func takesGarbageForNoFile(_ text: String) {
        let before = start { $0.identify(userId: "u1") }
        write(text)
        #expect(start() == before)
    }

    @Test func replacesGarbageInTheStore() throws {
        let before = start { $0.identify(userId: "u1") }
        for text in ["", "{", #"{"anonymousId":5}"#] {
            try inspect(directory) { store in
                try store.transaction { (_) throws(StoreError) in
                    try store.keyValue.set("analytics.identity", text)
                }
            }
            #expect(start() == before)
            remove(file: true)
            #expect(start() == before)
        }
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
