// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@_spi(Sessions) @testable import Footfall

/// Notes the names of the events that it gets, and its other calls.
private final class Noting: ApplicationPlugin {
    let type: PluginType
    let name: String
    let onFailure: FailurePolicy
    let notes: Guarded<[String]>
    private let body: (@Sendable (Analytics) -> [Event])?
    private weak var analytics: Analytics?

    /// - Parameter body: Makes events when the application becomes active.
    init(
        _ notes: Guarded<[String]>, _ type: PluginType = .before, name: String = "Weather",
        _ body: (@Sendable (Analytics) -> [Event])? = nil
    ) {
        (self.type, self.name, self.notes, self.body) = (type, name, notes, body)
        onFailure = type == .before ? .hold : .pass
    }

    func configure(analytics: Analytics) {
        self.analytics = analytics
        notes.read { $0.append("configure") }
    }
    func shutdown() { notes.read { $0.append("shutdown") } }
    func execute(_ event: inout Event) -> Verdict {
        notes.read { $0.append(event.event ?? "") }
        return .keep
    }
    func application(_ change: ApplicationChange, at moment: Moment) -> [Event] {
        guard change == .becameActive, let body, let analytics else { return [] }
        return body(analytics)
    }
}

private final class Unknown: UnknownPlugin {
    let type = PluginType.before
    let name = "Weather"
    let onFailure = FailurePolicy.hold
    func execute(_ event: inout Event) -> Verdict { .drop }
}

/// A destination with a hook of its own.
private final class Hooking: DestinationPlugin {
    let key = "Weather"
    let name = "Weather"
    let onFailure = FailurePolicy.pass
    let timeline = Timeline()
    let usesHooks = true
    let notes: Guarded<[String]>
    let delivery: RecordingDelivery

    init(_ notes: Guarded<[String]>, _ delivery: RecordingDelivery) { (self.notes, self.delivery) = (notes, delivery) }
    func makeDelivery() -> (any Delivery)? { delivery }
    func track(_ event: inout Event) -> Verdict {
        notes.read { $0.append(event.event ?? "") }
        return .keep
    }
}

/// A session plugin whose time is always over.
private final class Turning: TransactionPlugin, TimerPlugin {
    let type = PluginType.enrichment
    let looks: Guarded<Int>

    init(_ looks: Guarded<Int>) { self.looks = looks }
    var nextTime: Int64 {
        looks.read { $0 += 1 }
        return 0
    }
    func timeReached(at moment: Moment) -> [Event] { [] }
    func plan(for occurrence: Occurrence) -> [Event] { [] }
    func isTurn(_ occurrence: Occurrence) -> Bool { false }
    func begin(_ state: TransactionState) {}
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) -> Settlement {
        .keep(withPlanned: false)
    }
    func stamp(_ event: inout Event) {}
    func end(_ state: TransactionState) {}
    func committed() {}
}

/// Held events where several things happen at once.
@Suite struct ContainmentFaultTests {
    let directory = TemporaryDirectory()
    let notes = Guarded<[String]>([])
    private var state: StateDirectory { StateDirectory(path: directory.path) }

    /// The spool of a process that was killed, and marks of deaths at its records in `Weather`.
    private func leaveSpool(_ names: [String], deaths: [Int64] = []) throws {
        try state.create()
        let spool = try Spool(directory: state.spools, source: "app:", bootID: "boot")
        for (index, name) in names.enumerated() {
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000), anonymousId: "dead")
            event.event = name
            try spool.append(event.record(Int64(index) + 1), sequence: Int64(index) + 1)
        }
        let base = "\(state.spools)/\(spool.id)"
        spool.abandon()
        for death in deaths { try leaveDeath(beside: base, death) }
    }

    private func leaveDeath(beside base: String, _ record: Int64) throws {
        let file = try StrikeFile(base)
        try file.settle()
        try file.mark(
            PluginMark(
                kind: .record, sequence: record, plugin: "Weather", token: .random(in: 1 ... .max), age: 1_000_000_000,
                wall: 1_700_000_000_000, boot: 0, bootID: NameHash.sum("earlier")))
    }

    /// The plugin is off.
    private func leaveDeaths() throws {
        for _ in 0..<3 { try leaveSpool([], deaths: [0]) }
    }

    private func client(
        _ plugins: sending [any Plugin], _ clock: TestClock = TestClock(), role: Configuration.Role = .app
    ) -> Analytics {
        Analytics(configuration: Configuration.test(directory, clock).role(role), plugins: plugins)
    }

    private func expectStored(_ analytics: Analytics, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(analytics.store(timeout: .seconds(20)) == nil, sourceLocation: sourceLocation)
    }

    /// Tracks and stores, and ends in order.
    private func run(
        _ names: [String] = [], _ plugins: sending [any Plugin], role: Configuration.Role = .app
    ) throws {
        let analytics = client(plugins, role: role)
        for name in names { analytics.track(name: name) }
        expectStored(analytics)
        #expect(analytics.close())
    }

    /// Delivers what is there, and ends in order.
    private func deliver(_ plugins: sending [any Plugin]) throws {
        let analytics = client(plugins)
        #expect(analytics.flush(timeout: .seconds(20)).isDelivered)
        #expect(analytics.close())
    }

    private var stored: [String] {
        get throws { try storedEvents(directory).map { $0["event"]?.stringValue ?? "?" } }
    }

    private func held(_ reason: SpoolHeader.Reason) -> Int {
        HeldEvents.all(in: state).filter { $0.reason == reason }.reduce(0) { $0 + $1.events }
    }

    // MARK: - While everything is held

    @Test func theSessionPluginIsNotAskedForItsTimeAgainAndAgain() throws {
        let looks = Guarded(0)
        let analytics = client([Turning(looks), Unknown()])
        for _ in 0..<20 {
            analytics.track(name: "A")
            expectStored(analytics)
        }
        #expect(analytics.close())
        #expect(held(.unknown) == 20)
        // A few times in each round, and not in a loop.
        #expect(looks.current <= 200)
    }

    @Test func anOptOutOfAnotherProgramIsHeard() throws {
        let analytics = client([Unknown()])
        analytics.track(name: "A")
        expectStored(analytics)
        #expect(held(.unknown) == 1)
        try ConsentFile(state).writeOptOut(erasure: 1)
        analytics.track(name: "Secret")
        expectStored(analytics)
        #expect(analytics.isOptedOut)
        #expect(analytics.close())
        #expect(try directory.files(with: "Secret") == [])
    }

    @Test func anEventOfACallbackThatForgetsTheUserIsNotHeld() throws {
        let plugin = Noting(notes, .enrichment, name: "Forgetting") { analytics in
            analytics.forget()
            return [Event(name: "Secret", at: analytics.configuration.clock.moment)]
        }
        let analytics = client([plugin, Unknown()])
        analytics.track(name: "A")
        expectStored(analytics)
        #expect(held(.unknown) == 1)
        analytics.applicationDidBecomeActive()
        expectStored(analytics)
        #expect(try directory.files(with: "Secret").isEmpty)
        #expect(HeldEvents.all(in: state).isEmpty)
        #expect(analytics.close())
    }

    @Test func anIdentifyDecidesTheIdentityBeforeItsClosures() throws {
        let analytics = client([Unknown()])
        let close: EnrichmentClosure = { event in
            event.userId = "other"
            return .keep
        }
        analytics.identify(userId: "ada", enrichments: [close])
        expectStored(analytics)
        #expect(analytics.close())
        let identity = try inspect(directory) { try $0.keyValue.text(Identity.key) }
        #expect(identity?.contains("ada") == true && identity?.contains("other") == false, "\(identity ?? "")")
    }

    @Test func aClosureRunsOnceThoughItsEventCannotBeHeldAtFirst() throws {
        try state.create()
        _ = try directory.write("", to: "held")
        let runs = Guarded(0)
        let close: EnrichmentClosure = { event in
            let count = runs.read { count in
                count += 1
                return count
            }
            event.properties["run"] = .int(Int64(count))
            return .keep
        }
        let analytics = Analytics(configuration: .test(directory), plugins: [Unknown()])
        analytics.track(name: "A", enrichments: [close])
        #expect(analytics.store(timeout: .seconds(2)) != nil)
        unlink(state.held)
        #expect(poll(atMost: .seconds(20)) { held(.unknown) == 1 })
        expectStored(analytics)
        #expect(analytics.close())
        #expect(runs.current == 1)
        try run([], [Noting(notes)])
        let files = try directory.files()
        let properties = try storedEvents(directory).map { $0["properties"] }
        #expect(properties == [["run": 1]], "\(HeldEvents.all(in: state)) \(files)")
    }

    // MARK: - Marks

    @Test func aMarkBesideWhatACommandHoldsIsADeath() throws {
        try run(["A"], [Unknown()], role: .command)
        let file = try #require(try directory.names(in: "held").first { $0.hasSuffix(".lock") })
        try leaveDeath(beside: "\(state.held)/\(file.dropLast(5))", 1)
        try run([], [Noting(notes)])
        #expect(PluginDeaths.all(in: state).map(\.deaths.count) == [1])
        #expect(try stored == ["A"])
    }

    @Test func markingEndsThoughNoEventComes() throws {
        try leaveSpool(["A"])
        let clock = TestClock()
        let analytics = client([Noting(notes)], clock)
        analytics.track(name: "B")
        expectStored(analytics)
        let containment = analytics.runtime.pipeline.containment
        #expect(containment.marker != nil)
        clock.advance(.seconds(61))
        // As for a timer. The pipeline sleeps.
        containment.call(Noting(notes), .call) {}
        #expect(containment.marker == nil)
        #expect(try directory.files().allSatisfy { !$0.hasSuffix(".strikes") })
        #expect(analytics.close())
    }

    @Test func aHookDoesNotGetWhatEqualsItsPoison() throws {
        let delivery = RecordingDelivery()
        try leaveSpool(["A", "B"], deaths: [2, 2])
        try deliver([Hooking(notes, delivery)])
        #expect(held(.poison) == 1)
        try leaveSpool(["B", "C"])
        try deliver([Hooking(notes, delivery)])
        #expect(notes.current == ["A", "C"])
        #expect(delivery.names == ["A", "B", "C"])
    }

    // MARK: - Plugins that are off

    @Test func aPluginThatIsOffIsNotCalledAfterAnOptOutEither() throws {
        try leaveDeaths()
        try run([], [Noting(notes)])
        #expect(notes.current.isEmpty)
        let opting = client([])
        opting.optOut()
        expectStored(opting)
        #expect(opting.close())
        let analytics = client([Noting(notes)])
        analytics.track(name: "A")
        expectStored(analytics)
        #expect(analytics.close())
        #expect(notes.current.isEmpty)
    }

    @Test func retrySwitchesThePluginOnAgain() throws {
        try leaveDeaths()
        try leaveSpool(["A", "B"], deaths: [2, 2])
        try run([], [Noting(notes)])
        #expect(held(.off) == 1 && held(.poison) == 1)
        #expect(try DeadLetters(.test(directory)).releasePoison() == 2)
        #expect(PluginDeaths.all(in: state).isEmpty)
        try run(["C"], [Noting(notes)])
        #expect(notes.current.filter { $0.count == 1 }.sorted() == ["A", "B", "C"])
        #expect(try stored.sorted() == ["A", "B", "C"])
        #expect(HeldEvents.all(in: state).isEmpty)
    }

    @Test func retryReleasesWhatWaitsForAPluginThatTheProgramHasNoMore() throws {
        try leaveDeaths()
        try run(["A"], [Noting(notes)])
        try run(["B"], [])
        #expect(held(.off) == 1)
        #expect(try DeadLetters(.test(directory)).releasePoison() == 1)
        try run(["C"], [])
        #expect(try stored == ["B", "A", "C"])
        #expect(HeldEvents.all(in: state).isEmpty)
    }
}
