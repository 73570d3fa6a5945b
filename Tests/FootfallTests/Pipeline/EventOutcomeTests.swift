// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// A caller that waits for an event hears what became of it.
@Suite struct EventOutcomeTests {
    let directory = TemporaryDirectory()

    private func make(_ destinations: String...) -> Analytics {
        let analytics = Analytics(configuration: .test(directory))
        for name in destinations { analytics.add(plugin: RecordingDestination(name: name)) }
        return analytics
    }

    private func event(_ name: String = "A", _ integrations: JSONObject = [:]) -> Event {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 0))
        event.event = name
        event.integrations = integrations
        return event
    }

    private func reason(_ outcome: RecordingOutcome) -> DropReason? {
        if case .dropped(let reason) = outcome { reason } else { nil }
    }

    @Test func tellsWhatIsStored() throws {
        let analytics = make()
        guard case .stored = analytics.record(event(), timeout: .seconds(10)) else {
            Issue.record("it is not stored")
            return
        }
        #expect(try storedEvents(directory).compactMap { $0["event"]?.stringValue } == ["A"])
        #expect(analytics.close())
    }

    @Test func tellsWhyAnEventIsNotStored() throws {
        let analytics = make("one")
        analytics.add { event in event.event == "unwanted" ? .drop : .keep }
        let large = event(String(repeating: "x", count: Limits.eventBytes))
        #expect(reason(analytics.record(event("unwanted"), timeout: .seconds(10))) == .plugin)
        #expect(reason(analytics.record(event("A", ["All": false]), timeout: .seconds(10))) == .unrouted)
        #expect(reason(analytics.record(large, timeout: .seconds(10))) == .tooLarge)
        #expect(reason(analytics.record(event(""), timeout: .seconds(10))) == .invalid)
        let report = analytics.store([event("unwanted"), event("A", ["All": false]), event("B")])
        #expect(report.stored == 1)
        #expect(report.rejected.map(\.index).sorted() == [0, 1])
        #expect(Set(report.rejected.map(\.reason)) == [.plugin, .unrouted])
        analytics.optOut()
        #expect(reason(analytics.record(event(), timeout: .seconds(10))) == .optedOut)
        let silent = analytics.store([event(), event()])
        #expect(silent.stored == 0 && silent.rejected.map(\.reason) == [.optedOut, .optedOut])
        #expect(analytics.close())
        #expect(try lawHolds(directory))
    }

    /// Without destinations of its own, a process leaves its events to those of the store.
    @Test func theStoresDestinationsDecideWhereAProcessHasNone() throws {
        #expect(make("one").close())
        let analytics = make()
        #expect(reason(analytics.record(event("A", ["All": false]), timeout: .seconds(10))) == .unrouted)
        let report = analytics.store([event("A", ["All": false]), event("B")])
        #expect(report.stored == 1 && report.rejected.map(\.reason) == [.unrouted])
        #expect(analytics.close())
    }

    /// Another program opts out or forgets after this one looked, and before its transaction.
    @Test(arguments: [true, false])
    func hearsOfAnotherProgramsErasure(_ optsOut: Bool) throws {
        let analytics = make("one")
        guard case .stored = analytics.record(event(), timeout: .seconds(10)) else {
            Issue.record("it is not stored")
            return
        }
        let other = make("one")
        let once = Guarded(true)
        analytics.add { _ in
            let isFirst = once.read { isFirst in
                defer { isFirst = false }
                return isFirst
            }
            guard isFirst else { return .keep }
            if optsOut { other.optOut() } else { other.forget() }
            return .keep
        }
        let expected: DropReason = optsOut ? .optedOut : .forgotten
        #expect(reason(analytics.record(event("B"), timeout: .seconds(10))) == expected)
        #expect(analytics.counters.dropped[expected] ?? 0 >= 1)
        #expect(other.close() && analytics.close())
    }

    @Test func whatIsForgottenIsNotCountedAsAnOptOut() throws {
        let analytics = make("one")
        _ = analytics.record(event(), timeout: .seconds(10))
        analytics.track(name: "not stored yet")
        let report = try analytics.forget(timeout: .seconds(10))
        #expect(report.events == 1 && report.deadLetters == 0)
        #expect(report.requested.isEmpty && report.unsupported == ["one"])
        #expect(analytics.counters.dropped == [.forgotten: 2])
        #expect(analytics.close())
    }

    /// The first attempt to remove what is stored fails, and so does the database, perhaps.
    @Test(arguments: [false, true])
    func aForgetThatIsTriedAgainTellsOfItsDestinations(_ isMissing: Bool) throws {
        let codes = Guarded<[FootfallError.Code]>([])
        let path = directory.path
        let analytics = Analytics(
            configuration: .test(directory).errorHandler { error in
                codes.read { $0.append(error.code) }
                guard error.code == .storeUnavailable else { return }
                // Fails where it was done before.
                try? inspect(path) { try $0.connection.execute("DROP TRIGGER refuse") }
                if isMissing { unlink(StateDirectory(path: path).database) }
            })
        analytics.add(plugin: RecordingDestination(name: "one"))
        _ = analytics.record(event(), timeout: .seconds(10))
        try inspect(directory) { store in
            try store.connection.execute(
                "CREATE TRIGGER refuse BEFORE DELETE ON event BEGIN SELECT RAISE(FAIL, 'told so'); END")
        }
        let report = try analytics.forget(timeout: .seconds(10))
        #expect(report.requested.isEmpty && report.unsupported == ["one"])
        #expect(codes.current.count { $0 == .storeUnavailable } == 1, "one attempt failed")
        #expect(codes.current.count { $0 == .deliveryFailed } == 1, "no destination takes it")
        analytics.close()
    }

    /// An open store keeps its rows though its file was removed.
    @Test func recordsAfterAnOptOutAlthoughTheDatabaseWasRemoved() throws {
        let analytics = make("one")
        _ = analytics.record(event(), timeout: .seconds(10))
        unlink(StateDirectory(path: directory.path).database)
        analytics.optOut()
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        analytics.optIn()
        guard case .stored = analytics.record(event("B"), timeout: .seconds(10)) else {
            Issue.record("it is not stored")
            return
        }
        analytics.close()
    }

    @Test func aRehearsalTellsWhyNothingWouldBeStored() throws {
        #expect(make("one").close())
        var configuration = Configuration.test(directory)
        configuration.isRehearsal = true
        let analytics = Analytics(configuration: configuration)
        analytics.add { event in event.event == "unwanted" ? .drop : .keep }
        guard case .dropped(.plugin) = try analytics.rehearse(event("unwanted")) else {
            Issue.record("it would be stored")
            return
        }
        guard case .stored(let lines) = try analytics.rehearse(event()) else {
            Issue.record("it would not be stored")
            return
        }
        #expect(lines.count == 1)
    }

    @Test func onlyENOENTMeansThatNothingIsThere() throws {
        let file = try directory.write("", to: "file")
        #expect(StateDirectory.isMissing("\(directory.path)/none"))
        #expect(!StateDirectory.isMissing(file))
        #expect(!StateDirectory.isMissing("\(file)/below"))
        for path in [file, "\(file)/below"] {
            let configuration = Configuration(writeKey: "KEY").stateDirectory(path)
            #expect(throws: FootfallError.self) { try StoreStatus(configuration) }
            #expect(throws: FootfallError.self) { try DeadLetters(configuration).list() }
            #expect(throws: FootfallError.self) { try DeadLetters(configuration).purge() }
            #expect(throws: FootfallError.self) { try StoredDestinations(configuration).drop("one") }
        }
    }
}
