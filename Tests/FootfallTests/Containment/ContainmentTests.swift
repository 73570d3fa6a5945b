// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

/// Notes the names of the events that it gets.
private final class Noting: Plugin {
    let type: PluginType
    let name: String
    let onFailure: FailurePolicy
    let notes: Guarded<[String]>

    init(
        _ notes: Guarded<[String]>, _ type: PluginType = .before, name: String = "Weather",
        _ policy: FailurePolicy? = nil
    ) {
        (self.type, self.name, self.notes) = (type, name, notes)
        onFailure = policy ?? (type == .before ? .hold : .pass)
    }

    func configure(analytics: Analytics) { notes.read { $0.append("configure") } }
    func shutdown() { notes.read { $0.append("shutdown") } }
    func execute(_ event: inout Event) -> Verdict {
        notes.read { $0.append(event.event ?? "") }
        return .keep
    }
}

private final class Unknown: UnknownPlugin {
    let type = PluginType.before
    let name: String
    let onFailure: FailurePolicy

    init(_ name: String, _ policy: FailurePolicy = .hold) { (self.name, onFailure) = (name, policy) }
    func execute(_ event: inout Event) -> Verdict { .drop }
}

@Suite struct ContainmentTests {
    let directory = TemporaryDirectory()
    let notes = Guarded<[String]>([])
    private var state: StateDirectory { StateDirectory(path: directory.path) }

    // MARK: - What dead processes left

    /// The spool of a process that was killed, and marks of deaths at its records in `Weather`.
    @discardableResult
    private func leaveSpool(
        _ names: [String], deaths: [(record: Int64, age: Int64)] = [], padding: Int = 0
    ) throws -> String {
        try state.create()
        let spool = try Spool(directory: state.spools, source: "app:", bootID: "boot")
        for (index, name) in names.enumerated() {
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000), anonymousId: "dead")
            event.event = name
            if padding > 0 { event.properties["x"] = .string(String(repeating: "x", count: padding)) }
            try spool.append(event.record(Int64(index) + 1), sequence: Int64(index) + 1)
        }
        let id = spool.id
        spool.abandon()
        for death in deaths { try leaveDeath(beside: "\(state.spools)/\(id)", death.record, age: death.age) }
        return id
    }

    private func leaveDeath(
        beside base: String, _ record: Int64, age: Int64 = 1, wall: Int64 = 1_700_000_000_000
    ) throws {
        let file = try StrikeFile(base)
        try file.settle()
        try file.mark(
            PluginMark(
                kind: .record, sequence: record, plugin: "Weather", token: .random(in: 1 ... .max),
                age: age * 1_000_000_000, wall: wall, boot: 0, bootID: NameHash.sum("earlier")))
    }

    /// So many processes died in the plugin soon after their starts.
    private func leaveDeaths(_ count: Int = 3) throws {
        for _ in 0..<count { try leaveSpool([], deaths: [(0, 1)]) }
    }

    private func client(
        _ plugins: sending [any Plugin], _ clock: TestClock = TestClock(), errors: ErrorLog = ErrorLog()
    ) -> Analytics {
        Analytics(configuration: Configuration.test(directory, clock).errors(to: errors), plugins: plugins)
    }

    /// Tracks and stores, and ends in order.
    private func run(
        _ names: [String] = [], _ plugins: sending [any Plugin], _ clock: TestClock = TestClock(),
        errors: ErrorLog = ErrorLog()
    ) throws {
        let analytics = client(plugins, clock, errors: errors)
        for name in names { analytics.track(name: name) }
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
    }

    private var stored: [String] {
        get throws { try storedEvents(directory).map { $0["event"]?.stringValue ?? "?" } }
    }

    private func held(_ reason: SpoolHeader.Reason) -> Int {
        HeldEvents.all(in: state).filter { $0.reason == reason }.reduce(0) { $0 + $1.events }
    }

    private func dropped(_ reason: String) throws -> Int64 {
        try inspect(directory) { try $0.counters.value("dropped.\(reason)") }
    }

    private func strikeFiles() throws -> [String] {
        try directory.files().filter { $0.hasSuffix(".strikes") }
    }

    // MARK: - Marks

    @Test func aHealthyProcessMarksNothing() throws {
        for name in ["A", "B"] {
            let analytics = client([Noting(notes)])
            analytics.track(name: name)
            #expect(analytics.store(timeout: .seconds(5)) == nil)
            #expect(analytics.runtime.pipeline.containment.marker == nil)
            #expect(!analytics.runtime.pipeline.containment.isActive)
            #expect(try strikeFiles().isEmpty)
            #expect(analytics.close())
        }
        #expect(StateDirectory.isMissing(state.held))
    }

    @Test func aSpoolWithoutRecordsIsNoUncleanEnd() throws {
        // A host that exits without a close leaves one.
        try leaveSpool([])
        let analytics = client([Noting(notes)])
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.runtime.pipeline.containment.marker == nil)
        #expect(try strikeFiles().isEmpty)
        #expect(analytics.close())
    }

    @Test func aProcessAfterAnUncleanEndMarksForAMinute() throws {
        try leaveSpool(["A"])
        let clock = TestClock()
        let analytics = client([Noting(notes)], clock)
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.runtime.pipeline.containment.marker != nil)
        #expect(try strikeFiles().count == 1)
        clock.advance(.seconds(61))
        analytics.track(name: "C")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.runtime.pipeline.containment.marker == nil)
        #expect(try strikeFiles().isEmpty)
        #expect(analytics.close())
        #expect(try stored == ["A", "B", "C"])
    }

    @Test func aCommandMarksNothing() throws {
        try state.create()
        let spool = try Spool(directory: state.spools, source: "command:", bootID: "boot")
        spool.abandon()
        try leaveDeath(beside: "\(state.spools)/\(spool.id)", 1)
        let analytics = Analytics(configuration: Configuration.test(directory).role(.command), plugins: [Noting(notes)])
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.runtime.pipeline.containment.marker == nil)
        #expect(analytics.close())
    }

    // MARK: - Poison

    @Test func aRecordOfTwoDeathsLeavesTheChain() throws {
        let errors = ErrorLog()
        try leaveSpool(["A", "B", "C"], deaths: [(2, 1), (2, 1)])
        try run(["D"], [Noting(notes)], errors: errors)
        #expect(try stored == ["A", "C", "D"])
        #expect(notes.current.filter { $0.count == 1 } == ["A", "C", "D"])
        #expect(HeldEvents.all(in: state).map(\.plugin) == ["Weather"])
        #expect(held(.poison) == 1)
        #expect(errors.codes == [.eventHeld])
        #expect(try strikeFiles().isEmpty)
        // It stays.
        try run(["E"], [Noting(notes)])
        #expect(try stored == ["A", "C", "D", "E"])
        #expect(held(.poison) == 1)
    }

    @Test func aRecordOfOneDeathIsTriedAgain() throws {
        try leaveSpool(["A", "B", "C"], deaths: [(2, 1), (3, 1)])
        try run([], [Noting(notes)])
        #expect(try stored == ["A", "B", "C"])
        #expect(StateDirectory.isMissing(state.held) || HeldEvents.all(in: state).isEmpty)
    }

    @Test func releasedPoisonIsRunAgain() throws {
        try leaveSpool(["A", "B", "C"], deaths: [(2, 1), (2, 1)])
        try run([], [Noting(notes)])
        #expect(try DeadLetters(.test(directory)).releasePoison() == 1)
        #expect(held(.retry) == 1)
        try run(["D"], [Noting(notes)])
        #expect(try stored == ["A", "C", "B", "D"])
        #expect(HeldEvents.all(in: state).isEmpty)
        #expect(try inspect(directory) { try $0.connection.integer("SELECT count(*) FROM spool") } == 0)
    }

    @Test func poisonThatKillsAgainIsHeldAgain() throws {
        try leaveSpool(["A", "B", "C"], deaths: [(2, 1), (2, 1)])
        try run([], [Noting(notes)])
        for _ in 0..<3 {
            #expect(try DeadLetters(.test(directory)).releasePoison() == 1)
            let file = try #require(try directory.names(in: "held").first { $0.hasSuffix(".lock") })
            for _ in 0..<2 { try leaveDeath(beside: "\(state.held)/\(file.dropLast(5))", 2, age: 1_000) }
            try run([], [Noting(notes)])
            #expect(held(.poison) == 1)
            #expect(try directory.names(in: "held").count { $0.hasSuffix(".lock") } == 1)
        }
        #expect(try stored == ["A", "C"])
    }

    @Test func poisonIsBounded() throws {
        let names = (0..<60).map { "E\($0)" }
        let deaths = (1...60).flatMap {
            [(record: Int64($0), age: Int64(1_000)), (record: Int64($0), age: Int64(1_000))]
        }
        try leaveSpool(names, deaths: deaths, padding: 30_000)
        try run([], [Noting(notes)])
        #expect(held(.poison) > 30)
        #expect(HeldEvents.all(in: state).allSatisfy { $0.bytes <= 1 << 20 })
        #expect(try dropped("overflow") == Int64(60 - held(.poison)))
    }

    // MARK: - Plugins that are off

    @Test func threeDeathsSwitchAPluginOff() throws {
        let errors = ErrorLog()
        try leaveDeaths()
        try run(["A", "B"], [Noting(notes, .enrichment)], errors: errors)
        #expect(notes.current.isEmpty, "no call reaches it")
        #expect(try stored == ["A", "B"])
        #expect(errors.codes == [.pluginOff])
        #expect(PluginDeaths.all(in: state).map(\.name) == ["Weather"])
    }

    @Test func deathsLongAfterAStartDoNot() throws {
        for _ in 0..<5 { try leaveSpool([], deaths: [(0, 61)]) }
        try run(["A"], [Noting(notes)])
        #expect(notes.current == ["configure", "A", "shutdown"])
    }

    @Test func eventsWaitForAPluginThatIsOffAndComeFirstWhenItIsBack() throws {
        try leaveDeaths()
        try leaveSpool(["A", "B"])
        let clock = TestClock()
        try run(["C", "D"], [Noting(notes)], clock)
        try run(["E"], [Noting(notes)], clock)
        #expect(notes.current.isEmpty)
        #expect(try stored == [])
        #expect(held(.off) == 5)
        clock.advance(.seconds(86_400 - 60))
        try run(["F"], [Noting(notes)], clock)
        #expect(held(.off) == 6)
        clock.advance(.seconds(60))
        try run(["G"], [Noting(notes)], clock)
        #expect(try stored == ["A", "B", "C", "D", "E", "F", "G"])
        #expect(notes.current == ["configure", "A", "B", "C", "D", "E", "F", "G", "shutdown"])
        #expect(HeldEvents.all(in: state).isEmpty)
        #expect(try directory.names(in: "held").allSatisfy { $0.hasSuffix(".json") || $0.hasSuffix(".guard") })
    }

    @Test func aClosureRunsBeforeItsEventIsHeld() throws {
        try leaveDeaths()
        let clock = TestClock()
        let analytics = client([Noting(notes)], clock)
        let close: EnrichmentClosure = { event in
            event.properties["closed"] = true
            return .keep
        }
        analytics.track(name: "A", enrichments: [close])
        analytics.track(name: "B", enrichments: [{ _ in .drop }])
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
        #expect(held(.off) == 1)
        clock.advance(.seconds(86_401))
        try run([], [Noting(notes)], clock)
        #expect(try storedEvents(directory).map { $0["properties"] } == [["closed": true]])
    }

    @Test func aPluginInsideADestinationIsSwitchedOffAsWell() throws {
        try leaveDeaths()
        let delivery = RecordingDelivery()
        let destination = RecordingDestination(delivery)
        destination.add(plugin: Noting(notes, .enrichment))
        let analytics = client([destination])
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(5)).isDelivered)
        #expect(delivery.names == ["A"])
        #expect(analytics.close())
        #expect(notes.current.isEmpty)
    }

    @Test func theIdentityChangesThoughItsEventIsHeld() throws {
        try leaveDeaths()
        let analytics = client([Noting(notes)])
        analytics.identify(userId: "ada")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
        let next = client([Noting(notes)])
        #expect(next.userId == "ada")
        #expect(next.close())
    }

    // MARK: - Types that are not known

    @Test func eventsWaitForATypeThatIsNotKnown() throws {
        let errors = ErrorLog()
        try run(["A", "B"], [Unknown("Weather")], errors: errors)
        #expect(try stored == [])
        #expect(held(.unknown) == 2)
        #expect(errors.codes == [.eventHeld])
        try run(["C"], [Unknown("Weather")])
        #expect(held(.unknown) == 3)
        try run(["D"], [Noting(notes)])
        #expect(try stored == ["A", "B", "C", "D"])
        #expect(notes.current == ["configure", "A", "B", "C", "D", "shutdown"])
    }

    @Test func eventsPassAnOptionalType() throws {
        try run(["A", "B"], [Unknown("Weather", .pass)])
        #expect(try stored == ["A", "B"])
    }

    @Test func eventsOfADeclaredTypeAreTakenUp() throws {
        try run(["A"], [Unknown("weather")])
        let analytics = client([])
        analytics.declare(pluginTypes: ["weather"])
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
        #expect(try stored == ["A", "B"])
    }

    @Test func aPluginThatIsAddedLaterGetsWhatWaitedForIt() throws {
        try run(["A"], [Unknown("Weather")])
        let analytics = client([])
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        analytics.add(plugin: Noting(notes))
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
        #expect(try stored == ["B", "A"])
    }

    // MARK: - Exactly once

    @Test func aRecordThatIsHeldAndStillInItsSpoolIsStoredOnce() throws {
        try leaveDeaths()
        let clock = TestClock()
        let id = try leaveSpool(["A", "B", "C"])
        // A process died between holding the second record and storing that it did.
        try state.createHeld()
        let header = SpoolHeader(
            source: "app:", bootID: "boot", erasure: 0,
            held: SpoolHeader.Held(plugin: "Weather", reason: .off, origin: id, lived: 0))
        do {
            let spool = try #require(
                OrphanSpool.adoptAll(directory: state.spools, source: "app:").first { $0.id == id })
            let file = try HeldFile(directory: state.held, header: header)
            var found: [(Int64, Event)] = []
            _ = try spool.forEach(after: 0) { sequence, payload in
                if case .event(let event)? = EventRecord.read(payload, bootID: "boot") {
                    found.append((sequence, event))
                }
            }
            try file.append(found[1].1.record(found[1].0), sequence: found[1].0, lived: 0)
        }
        // Off: all are held, each once. Then all are stored, each once.
        try run([], [Noting(notes)], clock)
        #expect(held(.off) == 3)
        clock.advance(.seconds(86_401))
        try run([], [Noting(notes)], clock)
        #expect(try stored.sorted() == ["A", "B", "C"])
    }

    @Test func aHeldRecordWhosePluginIsBackComesOnceFromItsSpool() throws {
        let clock = TestClock()
        let id = try leaveSpool(["A", "B"])
        try state.createHeld()
        let header = SpoolHeader(
            source: "app:", bootID: "boot", erasure: 0,
            held: SpoolHeader.Held(plugin: "Weather", reason: .off, origin: id, lived: 0))
        do {
            let file = try HeldFile(directory: state.held, header: header)
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1), anonymousId: "dead")
            event.event = "A"
            try file.append(event.record(1), sequence: 1, lived: 0)
        }
        try run(["C"], [Noting(notes)], clock)
        #expect(try stored.sorted() == ["A", "B", "C"])
        #expect(HeldEvents.all(in: state).isEmpty)
    }

    // MARK: - Age and erasure

    @Test func heldEventsExpire() throws {
        let clock = TestClock()
        try run(["A", "B"], [Unknown("Weather")], clock)
        clock.advance(.seconds(91 * 86_400))
        // The time that the machine was up is counted by transactions.
        try run(["C"], [Unknown("Weather", .pass)], clock)
        try run(["D"], [Unknown("Weather", .pass)], clock)
        #expect(held(.unknown) == 0)
        #expect(try dropped("expired") == 2)
        #expect(try stored == ["C", "D"])
    }

    @Test func anOptOutRemovesWhatIsHeld() throws {
        try leaveSpool(["Secret", "Secret"], deaths: [(2, 1), (2, 1)])
        try run([], [Noting(notes)])
        try run(["Secret"], [Unknown("Weather")])
        #expect(held(.poison) == 1 && held(.unknown) == 1)
        let analytics = client([Unknown("Weather")])
        analytics.track(name: "Secret")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        analytics.optOut()
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(try directory.files(with: "Secret").isEmpty)
        analytics.optIn()
        analytics.track(name: "Later")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
        #expect(held(.unknown) == 1 && held(.poison) == 0)
    }

    @Test func anEventThatCannotBeHeldStaysInTheSpool() throws {
        let errors = ErrorLog()
        try state.create()
        _ = try directory.write("", to: "held")
        let analytics = client([Unknown("Weather")], errors: errors)
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(2)) != nil)
        #expect(errors.codes.contains(.storeUnavailable))
        unlink(state.held)
        #expect(poll(atMost: .seconds(20)) { held(.unknown) == 1 })
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
    }
}
