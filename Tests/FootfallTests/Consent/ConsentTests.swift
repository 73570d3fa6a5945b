// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// After an opt-out nothing is recorded until an opt-in, even where the disk cannot keep the
/// mark, and nothing that was recorded before is left.
@Suite struct ConsentTests {
    let directory = TemporaryDirectory()

    private func make(
        _ path: String? = nil, _ delivery: RecordingDelivery = RecordingDelivery(),
        told: Guarded<[FootfallError]> = Guarded([])
    ) -> Analytics {
        let analytics = Analytics(
            configuration: Configuration(writeKey: "KEY").stateDirectory(path ?? directory.path).flushInterval(.zero)
                .flushAt(1_000_000).errorHandler { error in told.read { $0.append(error) } })
        analytics.add(plugin: RecordingDestination(delivery))
        return analytics
    }

    private func expectNothing(
        of needles: [String], _ note: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for needle in needles {
            let files = try directory.files(with: needle)
            #expect(files.isEmpty, "\(note): \(needle) is in \(files)", sourceLocation: sourceLocation)
        }
    }

    private func isWiping() throws -> Bool { try inspect(directory) { try Erasure.state($0).isWiping } }

    @Test func aStoreInMemoryStaysSilentAfterAnOptOut() throws {
        let path = "\(directory.path)/state"
        creat(path, 0o600)
        let told = Guarded<[FootfallError]>([])
        let delivery = RecordingDelivery()
        let analytics = make(path, delivery, told: told)
        analytics.track(name: "Before")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(!analytics.optOut(), "the directory cannot remember it")
        for number in 1...5 {
            analytics.track(name: "After \(number)")
            _ = analytics.flush(timeout: .seconds(5))
        }
        #expect(analytics.isOptedOut)
        #expect(delivery.names == ["Before"])
        #expect(analytics.counters.dropped[.optedOut] == 5)
        #expect(told.current.count { $0.code == .consentUnavailable } == 1, "\(told.current)")
        #expect(analytics.optIn())
        analytics.track(name: "Again")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.names == ["Before", "Again"])
        _ = analytics.close()
    }

    /// Waits for the mark of an opt-out.
    private func isMarkWritten() -> Bool {
        poll {
            guard case .optedOut = ConsentFile(StateDirectory(path: directory.path)).read() else { return false }
            return true
        }
    }

    @Test func writesTheMarkAsSoonAsTheDirectoryTakesIt() throws {
        // A directory in its place refuses the mark.
        mkdir("\(directory.path)/opted-out", 0o700)
        let analytics = make()
        analytics.track(name: "Before")
        #expect(!analytics.optOut())
        analytics.track(name: "After")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        rmdir("\(directory.path)/opted-out")
        #expect(isMarkWritten())
        #expect(analytics.close())
        let rows = try inspect(directory) { try $0.connection.integer("SELECT count(*) FROM event") }
        #expect(rows == 0)
    }

    @Test func anOptInBeginsANewIdentity() throws {
        let delivery = RecordingDelivery()
        let analytics = make(nil, delivery)
        analytics.identify(userId: "needle-user", traits: ["mail": "needle@example.com"])
        analytics.track(name: "needle-event")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        let before = analytics.anonymousId
        #expect(analytics.optOut())
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(analytics.optIn())
        analytics.track(name: "After")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        let event = try #require(delivery.bodies.first { $0["event"] == "After" })
        #expect(event["userId"] == nil)
        #expect(event["anonymousId"] != .string(before))
        #expect(event["anonymousId"] == .string(analytics.anonymousId))
        #expect(delivery.bodies.count == 1)
        try expectNothing(of: ["needle", before], "running")
        #expect(analytics.close())
        let again = make(nil, delivery)
        #expect(again.anonymousId == analytics.anonymousId, "it outlives a restart")
        #expect(again.close())
        try expectNothing(of: ["needle", before], "closed")
        #expect(try lawHolds(directory))
    }

    @Test func aClientThatSleptThroughAnOptOutDropsWhatItHolds() throws {
        let delivery = RecordingDelivery()
        let asleep = make(nil, delivery)
        asleep.identify(userId: "needle-user")
        #expect(asleep.store(timeout: .seconds(10)) == nil)
        let before = asleep.anonymousId
        // Another program, which delivers nothing.
        let other = Analytics(configuration: .test(directory).delivers(false))
        #expect(other.optOut())
        #expect(other.store(timeout: .seconds(10)) == nil)
        #expect(other.optIn())
        #expect(other.close())
        asleep.track(name: "Late")
        _ = asleep.store(timeout: .seconds(10))
        asleep.track(name: "After")
        #expect(asleep.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.names.last == "After")
        #expect(delivery.bodies.allSatisfy { $0["userId"] == nil })
        #expect(asleep.anonymousId != before)
        try expectNothing(of: ["needle", before])
        #expect(asleep.close())
    }

    @Test func recordsAfterAnOptInThoughAnotherProgramOptedOutOnceMore() throws {
        let delivery = RecordingDelivery()
        let analytics = make(nil, delivery)
        #expect(analytics.optOut())
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        let other = Analytics(configuration: .test(directory).delivers(false))
        #expect(other.optIn() && other.optOut())
        #expect(other.close())
        #expect(analytics.optIn())
        analytics.track(name: "After")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.names == ["After"])
        #expect(analytics.close())
    }

    @Test func eachDeletionRequestIsKeptWhileTheStoreCannotBeOpened() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        let delivery = RecordingDelivery()
        var repairing: StoreLock? = try StoreLock(alone: state.storeLock)
        let told = Guarded<[FootfallError]>([])
        let analytics = Analytics(
            configuration: Configuration.test(directory).errorHandler { error in told.read { $0.append(error) } })
        analytics.add(plugin: RecordingDestination(name: "deleting", delivery, takesDeletions: true))
        for user in ["a", "b"] {
            analytics.identify(userId: user)
            analytics.forget()
            _ = analytics.store(timeout: .milliseconds(200))
        }
        withExtendedLifetime(repairing) {}
        repairing = nil
        let areDelivered = poll {
            _ = analytics.flush(timeout: .milliseconds(500))
            return delivery.bodies.count >= 2
        }
        #expect(areDelivered)
        #expect(delivery.bodies.compactMap { $0["userId"]?.stringValue } == ["a", "b"], "\(told.current)")
        #expect(analytics.close())
    }

    @Test func aSpoolOfBeforeAnOptOutIsNotTakenUp() throws {
        let state = StateDirectory(path: directory.path)
        try state.create()
        let record = ConsentSpool(state.spools)
        try record.leave(name: "needle-spooled", erasure: 3)
        try record.leave(name: "Kept", erasure: 5)
        try ConsentFile(state).writeOptIn(erasure: 5)
        let delivery = RecordingDelivery()
        let analytics = make(nil, delivery)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.names == ["Kept"])
        try expectNothing(of: ["needle"])
        #expect(analytics.close())
    }

    @Test func removesWhatAProcessLeftThatDiedBeforeItCouldRename() throws {
        let analytics = make()
        analytics.track(name: "Before")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        let left = "\(directory.path)/identity.json.123.tmp"
        var buffer = ByteBuffer()
        buffer.append(utf8: "needle")
        try SmallFile.replace(left, with: buffer)
        #expect(analytics.optOut())
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(access(left, F_OK) != 0)
        #expect(analytics.close())
    }

    @Test func erasesUntilNoReaderHindersIt() throws {
        let analytics = make()
        analytics.track(name: "needle-event", properties: ["pad": .string(String(repeating: "needle", count: 500))])
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        let reader = try Connection(path: "\(directory.path)/store.db")
        try reader.execute("BEGIN")
        #expect(try reader.integer("SELECT count(*) FROM event") == 1)
        #expect(analytics.optOut())
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(try isWiping())
        try reader.execute("COMMIT")
        #expect(try poll { try !isWiping() })
        try expectNothing(of: ["needle"])
        #expect(analytics.close())
    }

    @Test func anErasureThatWasCutOffIsFinishedByTheNextStart() throws {
        let first = make()
        first.identify(userId: "needle-user")
        first.track(name: "needle-event")
        #expect(first.close())
        // A process dies after its mark, and a program that knows nothing of that opts in.
        let state = StateDirectory(path: directory.path)
        try ConsentFile(state).writeOptOut(erasure: 7)
        try ConsentFile(state).writeOptIn(erasure: 7)
        let delivery = RecordingDelivery()
        let next = make(nil, delivery)
        next.track(name: "After")
        #expect(next.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.names == ["After"])
        #expect(delivery.bodies.allSatisfy { $0["userId"] == nil })
        #expect(next.close())
        try expectNothing(of: ["needle"])
        #expect(try lawHolds(directory))
    }

    /// Also in a program that has not heard of the opt-out.
    @Test func forgetAfterAnOptOutKeepsItAndAsksForNothing() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        let other = Analytics(configuration: .test(directory))
        for each in [analytics, other] {
            each.add(plugin: RecordingDestination(name: "deleting", delivery, takesDeletions: true))
        }
        other.track(name: "Before")
        #expect(other.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.optOut())
        let mark = ConsentFile(StateDirectory(path: directory.path)).read()
        for each in [analytics, other, analytics] {
            let report = try each.forget(timeout: .seconds(10))
            #expect(!report.isUserKnown && report.requested.isEmpty && report.events == 0)
            each.track(name: "After")
            #expect(each.isOptedOut && each.flush(timeout: .seconds(10)).queued == 0)
        }
        #expect(ConsentFile(StateDirectory(path: directory.path)).read() == mark)
        #expect(delivery.names == ["Before"])
        let later = make(nil, delivery)
        #expect(later.isOptedOut && later.close())
        #expect(analytics.optIn())
        analytics.track(name: "Again")
        let report = try analytics.forget(timeout: .seconds(10))
        #expect(report.isUserKnown && report.requested == ["deleting"])
        #expect(analytics.close() && other.close())
    }

    @Test func forgetAfterAnOptOutThatCannotBeWrittenKeepsIt() throws {
        mkdir("\(directory.path)/opted-out", 0o700)
        let analytics = make()
        #expect(!analytics.optOut())
        analytics.forget()
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(analytics.isOptedOut)
        rmdir("\(directory.path)/opted-out")
        #expect(isMarkWritten())
        #expect(analytics.close())
    }

    /// Another process writes its opt-out while this one forgets.
    @Test func theMarkOfAForgottenUserLeavesAnOptOut() throws {
        let file = ConsentFile(StateDirectory(path: directory.path))
        try file.writeOptOut(erasure: 7)
        try file.writeForgotten(erasure: 8)
        #expect(file.read() == .optedOut(erasure: 7))
        try file.writeOptIn(erasure: 8)
        #expect(file.read() == .recording(erasure: 8))
    }

    @Test func aDeletionRequestIsGoneOnceItIsDelivered() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(name: "deleting", delivery, takesDeletions: true))
        analytics.identify(userId: "needle-user")
        analytics.track(name: "needle-event")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        analytics.forget()
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(delivery.bodies.map { $0["type"]?.stringValue ?? "" } == ["delete"])
        #expect(delivery.bodies.first?["userId"] == "needle-user")
        #expect(try poll { try !isWiping() })
        try expectNothing(of: ["needle"])
        #expect(analytics.close())
        try expectNothing(of: ["needle"], "closed")
    }
}

/// Spools that dead processes left.
private struct ConsentSpool {
    let directory: String

    init(_ directory: String) { self.directory = directory }

    func leave(name: String, erasure: Int64) throws {
        let spool = try Spool(directory: directory, source: "app:", bootID: "boot", erasure: erasure)
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000))
        event.event = name
        event.anonymousId = "a"
        try spool.append(event.record(1), sequence: 1)
        spool.abandon()
    }
}
