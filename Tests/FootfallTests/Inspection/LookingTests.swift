// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

/// `StoreStatus`, `StoredEvents`, `DeadLetters` and `Doctor` change nothing in a store that they look at.
@Suite struct LookingTests {
    let directory = TemporaryDirectory()

    /// The names and what lstat says of each: owner, mode, length, last change. The
    /// thread of the client that was closed touches `wake` at its end, and the client removes its file in `run`.
    private func listing() -> [String] {
        Listing.names(in: directory.path).filter { !$0.hasSuffix("-shm") && $0 != "wake" && $0 != "run" }.map { name in
            var entry = stat()
            lstat("\(directory.path)/\(name)", &entry)
            return
                "\(name) \(entry.st_uid) \(String(entry.st_mode, radix: 8)) \(entry.st_size) \(entry.st_mtim.tv_nsec)"
        }
    }

    @Test func lookingLeavesTheDirectoryAsItWas() throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(RecordingDelivery(outcomes: [.blocked("told so")])))
        analytics.track(name: "event")
        _ = analytics.flush(timeout: .seconds(5))
        #expect(analytics.close())
        // A mode that the user chose stays; locks that are missing are not made.
        chmod(StateDirectory(path: directory.path).database, 0o640)
        unlink(StateDirectory(path: directory.path).storeLock)
        unlink(StateDirectory(path: directory.path).uploaderLock("recording"))
        let before = listing()
        let status = try StoreStatus(.test(directory))
        #expect(status.queued == 1 && status.destinations.first?.state == "blocked")
        #expect(try DeadLetters(.test(directory)).list().isEmpty)
        let events = StoredEvents(.test(directory))
        #expect(try events.list(StoredEvents.Choice(limit: 10)).rows.map(\.id) == [1])
        #expect(try events.event(1, metadata: [])?.bodies.map(\.destination) == ["recording"])
        #expect(Doctor.examine(.test(directory)).contains { $0.thing == "store" && $0.verdict == .fine })
        #expect(listing() == before)
    }

    /// The time of the next attempt is stored by the clock as it is, right or wrong.
    @Test(arguments: [Int64(86_400_000), -86_400_000])
    func showsTheNextAttemptByTheClockThatStoredIt(_ milliseconds: Int64) throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination())
        analytics.track(name: "event")
        #expect(analytics.close())
        let now = SystemClock.system.moment
        let next = Timestamp(milliseconds: now.wall.milliseconds + 3_600_000)
        try inspect(directory) { store in
            let offset = now.wall.milliseconds - now.bootNanoseconds / 1_000_000
            try store.clocks.setTruth(offset + milliseconds, of: now.bootID)
            let row = try #require(try store.destinations.all().first)
            try store.destinations.setRetry(
                #"{"state": "waiting", "nextAttempt": "\#(next)", "failures": 1}"#, of: row.id)
        }
        let status = try StoreStatus(.test(directory))
        #expect((status.moment.wall.milliseconds - now.wall.milliseconds - milliseconds).magnitude < 3_600_000)
        #expect(status.destinations.first?.nextAttempt == next)
    }

    @Test func lookingAtNoStoreMakesNone() throws {
        rmdir(directory.path)
        #expect(try StoreStatus(.test(directory)).destinations.isEmpty)
        #expect(try DeadLetters(.test(directory)).list().isEmpty)
        #expect(try StoredEvents(.test(directory)).list(StoredEvents.Choice(limit: 10)).rows.isEmpty)
        _ = Doctor.examine(.test(directory))
        #expect(access(directory.path, F_OK) != 0)
    }
}
