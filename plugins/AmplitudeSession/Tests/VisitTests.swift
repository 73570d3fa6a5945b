// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

/// Visits on a real store. The limit is a minute, as on a kiosk.
@Suite struct VisitTests: SessionBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

    private func open(
        _ clock: TestClock? = nil, configuration: SessionConfiguration = .kiosk,
        onVisitEnd: (@Sendable (VisitEnd) -> Void)? = nil
    ) -> Analytics {
        let analytics = Analytics(configuration: .test(directory, clock ?? time))
        let plugin = AmplitudeSession(configuration: configuration)
        plugin.onVisitEnd = onVisitEnd
        analytics.add(plugin: plugin)
        return analytics
    }

    /// An hour later, in another boot: its timers sleep in real time.
    private let later = TestClock(wall: begin + 3_600_000, bootID: "two")

    private func counter(_ name: String) throws -> Int64 { try inspect(directory) { try $0.counters.value(name) } }

    private func properties(_ name: String) throws -> JSONObject? {
        try bodies().first { $0["event"]?.stringValue == name }?["properties"]?.objectValue
    }

    // MARK: - One visit

    @Test func startsItsSessionWithTheFirstInteraction() throws {
        let analytics = open()
        analytics.visitor.begin()
        store(analytics)
        #expect(try stored().isEmpty, "a beginning is no event")
        time.advance(.seconds(5))
        analytics.track(name: "Touched")
        store(analytics)
        let id = begin + 5_000
        #expect(try text() == "session_start(\(id)) Touched(\(id))")
        #expect(analytics.close())
    }

    @Test func endsWithItsReasonAtItsLastActivity() throws {
        let analytics = open()
        analytics.visitor.begin()
        analytics.track(name: "Touched")
        time.advance(.seconds(20))
        analytics.visitor.end(reason: .completed)
        store(analytics)
        #expect(try text() == "session_start(\(begin)) Touched(\(begin)) session_end(\(begin))")
        #expect(try end()?.time == begin)
        #expect(try properties("session_end")?["reason"] == "completed")
        #expect(try properties("session_end")?["ended_at"]?.stringValue == "\(Timestamp(milliseconds: begin + 20_000))")
        #expect(analytics.sessionId == nil)
        #expect(analytics.close())
    }

    @Test func isOnlyCountedWithoutInteraction() throws {
        let analytics = open()
        analytics.visitor.begin()
        analytics.track(name: "Film Shown", properties: ["nonInteraction": true])
        analytics.visitor.end()
        store(analytics)
        #expect(try text() == "Film Shown(-1)")
        #expect(try (counter("visits"), counter("visits.empty")) == (1, 1))
        #expect(analytics.close())
    }

    @Test func hasAnIdOfItsOwnThatIsInNoFile() throws {
        let delivery = RecordingDelivery()
        let analytics = open()
        analytics.add(plugin: RecordingDestination(delivery))
        let installation = analytics.anonymousId
        for _ in 1...2 {
            analytics.visitor.begin()
            analytics.identify(userId: "needle-user", traits: ["a": 1])
            analytics.visitor.end()
        }
        analytics.track(name: "After")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(try !directory.files(with: "needle-user").isEmpty, "it waits for its delivery")
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        let ids = delivery.bodies.filter { $0["type"] == "identify" }.compactMap { $0["anonymousId"]?.stringValue }
        #expect(Set(ids).count == 2)
        #expect(!ids.contains(installation))
        let after = try #require(delivery.bodies.first { $0["event"] == "After" })
        #expect(after["anonymousId"] == .string(installation))
        #expect(after["userId"] == nil, "what was identified is forgotten")
        for needle in ids + ["needle-user"] {
            let isNowhere = try poll { try directory.files(with: needle).isEmpty }
            let files = try directory.files(with: needle)
            #expect(isNowhere && files.isEmpty, "\(needle) is in \(files)")
        }
        #expect(analytics.close())
    }

    @Test func sharesNoIdBetweenItsMarkersAndAnythingElse() throws {
        let analytics = open()
        analytics.track(name: "Before")
        analytics.visitor.begin()
        analytics.track(name: "Touched")
        analytics.visitor.end()
        analytics.track(name: "After")
        store(analytics)
        let owners = Dictionary(grouping: try stored(), by: { $0.id ?? 0 }).mapValues { Set($0.map(\.anonymousId)) }
        #expect(owners.count == 3)
        #expect(owners.values.allSatisfy { $0.count == 1 }, "a session has one owner: \(owners)")
        #expect(analytics.close())
    }

    @Test func keepsTheSessionOfTheInstallationWhenNobodyTouchesAnything() throws {
        let analytics = open()
        analytics.track(name: "A")
        analytics.visitor.begin()
        analytics.visitor.end()
        analytics.track(name: "B")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin))")
        #expect(analytics.close())
    }

    @Test func whatHappensByItselfIsNoVisitors() throws {
        let analytics = open()
        let installation = analytics.anonymousId
        let lifecycle = ByItself()
        analytics.add(plugin: lifecycle)
        analytics.visitor.begin()
        analytics.track(name: "Touched")
        analytics.applicationWillResignActive()
        store(analytics)
        let own = try #require(try stored().last)
        #expect((own.name, own.id, own.anonymousId) == ("By Itself", -1, installation))
        #expect(analytics.close())
    }

    @Test func aResetEndsIt() throws {
        let analytics = open()
        analytics.visitor.begin()
        analytics.track(name: "Touched")
        analytics.reset()
        store(analytics)
        #expect(analytics.visitor.id == nil)
        #expect(try properties("session_end")?["reason"] == "reset")
        #expect(analytics.close())
    }

    // MARK: - Idleness

    @Test func endsByItselfWithoutWaitingForAnEvent() throws {
        // Real time: the timer sleeps in it.
        let ended = Signal()
        let told = Guarded<VisitEnd?>(nil)
        let analytics = open(
            TestClock(wall: begin), configuration: SessionConfiguration(limit: .milliseconds(50))
        ) { end in
            told.read { $0 = end }
            ended.raise()
        }
        analytics.visitor.begin()
        analytics.track(name: "Touched")
        #expect(ended.wait())
        #expect(try stored().map(\.name) == ["session_start", "Touched", "session_end"])
        #expect(try properties("session_end")?["reason"] == "timeout")
        #expect(told.current?.reason == .timeout)
        #expect(told.current?.hadInteraction == true)
        #expect(analytics.visitor.id == nil)
        #expect(analytics.close())
    }

    @Test func doesNotEndWhileAFilmIsPlaying() throws {
        let analytics = open()
        analytics.visitor.begin()
        analytics.track(name: "Film Chosen")
        analytics.visitor.pauseIdle()
        time.advance(.seconds(5_400))
        analytics.visitor.resumeIdle()
        analytics.visitor.end()
        store(analytics)
        #expect(try properties("session_end")?["reason"] == "completed")
        #expect(analytics.close())
    }

    @Test func theSessionGoesOnAfterAFilm() throws {
        let analytics = open()
        analytics.visitor.begin()
        analytics.track(name: "Film Chosen")
        analytics.visitor.pauseIdle()
        time.advance(.seconds(5_400))
        analytics.visitor.resumeIdle()
        analytics.track(name: "Touched")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) Film Chosen(\(begin)) Touched(\(begin))")
        #expect(analytics.close())
    }

    @Test func anEventAfterTheLimitIsNoMoreThatVisitors() throws {
        let analytics = open()
        let installation = analytics.anonymousId
        analytics.visitor.begin()
        analytics.track(name: "Touched")
        store(analytics)
        time.advance(.seconds(60))
        analytics.track(name: "Later")
        store(analytics)
        #expect(try properties("session_end")?["reason"] == "timeout")
        #expect(try stored().last?.anonymousId == installation)
        #expect(analytics.close())
    }

    @Test func endsASessionByItselfWhereItShall() throws {
        let analytics = Analytics(configuration: .test(directory, TestClock(wall: begin)))
        var configuration = SessionConfiguration(limit: .milliseconds(50))
        configuration.endsWhenIdle = true
        let plugin = AmplitudeSession(configuration: configuration)
        analytics.add(plugin: plugin)
        let ended = Signal()
        analytics.add(plugin: Noticing("session_end", ended))
        analytics.track(name: "A")
        #expect(ended.wait())
        store(analytics)
        #expect(try stored().map(\.name) == ["session_start", "A", "session_end"])
        #expect(analytics.close())
    }

    @Test func aSessionThatIsOverWhenAProgramStartsIsEndedThen() throws {
        let first = open()
        first.track(name: "A")
        store(first)
        #expect(first.close())
        let ended = Signal()
        let analytics = open(later)
        analytics.add(plugin: Noticing("session_end", ended))
        #expect(ended.wait(), "nothing is called")
        store(analytics)
        #expect(try stored().map(\.name) == ["session_start", "A", "session_end"])
        #expect(try end()?.time == begin)
        #expect(analytics.close())
    }

    // MARK: - Attract mode

    @Test func attractModeOpensNoSessionAndIsNobodysDoing() throws {
        let analytics = open()
        analytics.visitor.beginAttract()
        analytics.track(name: "Slide Shown")
        analytics.visitor.endAttract()
        analytics.track(name: "A")
        store(analytics)
        #expect(try text() == "Slide Shown(-1) session_start(\(begin)) A(\(begin))")
        #expect(try properties("Slide Shown")?["nonInteraction"] == true)
        #expect(try properties("A")?["nonInteraction"] == nil)
        #expect(analytics.close())
    }

    @Test func anEndInOrderEndsAttractMode() throws {
        let analytics = open()
        analytics.visitor.beginAttract()
        store(analytics)
        #expect(analytics.close())
        let next = open()
        next.track(name: "A")
        store(next)
        #expect(try text() == "session_start(\(begin)) A(\(begin))")
        #expect(next.close())
    }

    @Test func aVisitEndsAttractMode() throws {
        let analytics = open()
        analytics.visitor.beginAttract()
        analytics.visitor.begin()
        analytics.track(name: "Touched")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) Touched(\(begin))")
        #expect(analytics.close())
    }

    // MARK: - Other processes

    @Test func aVisitThatAnotherProcessBeganTakesTheEventsOfThisOne() throws {
        let command = Analytics(
            configuration: Configuration.test(directory, time).role(.command), usesSpool: false)
        command.add(plugin: AmplitudeSession(configuration: .kiosk))
        command.visitor.begin()
        store(command)
        let id = try #require(command.visitor.id)
        #expect(command.close())

        let analytics = open()
        analytics.track(name: "Touched")
        store(analytics)
        #expect(try stored().map(\.anonymousId) == [id, id])
        #expect(analytics.visitor.id == id)
        #expect(analytics.close())
    }

    @Test func aVisitThatNobodyWatchedIsEndedByTheNextProcess() throws {
        let command = Analytics(
            configuration: Configuration.test(directory, time).role(.command), usesSpool: false)
        command.add(plugin: AmplitudeSession(configuration: .kiosk))
        command.visitor.begin()
        command.track(name: "Touched")
        store(command)
        #expect(command.close())

        let ended = Signal()
        let analytics = open(later) { _ in ended.raise() }
        #expect(ended.wait(), "nothing is called")
        #expect(try stored().map(\.name) == ["session_start", "Touched", "session_end"])
        #expect(try end()?.time == begin)
        #expect(try properties("session_end")?["reason"] == "timeout")
        #expect(try properties("session_end")?["ended_at"]?.stringValue == "\(Timestamp(milliseconds: begin + 60_000))")
        #expect(analytics.close())
    }

    @Test func aVisitThatACommandBeginsIsTimedByTheAppThatLives() throws {
        let ended = Signal()
        let configuration = SessionConfiguration(limit: .milliseconds(100))
        let clock = TestClock(wall: begin)
        let analytics = open(clock, configuration: configuration) { _ in ended.raise() }
        analytics.track(name: "Up")
        store(analytics)
        let command = Analytics(
            configuration: Configuration.test(directory, clock).role(.command), usesSpool: false)
        command.add(plugin: AmplitudeSession(configuration: configuration))
        command.visitor.begin()
        command.track(name: "Touched")
        store(command)
        #expect(command.close())
        #expect(ended.wait())
        #expect(try stored().last?.name == "session_end")
        #expect(analytics.close())
    }

    @Test func anEventThatIsMadeAfterAnotherProcessEndedTheVisitIsTheInstallations() throws {
        let analytics = open()
        let installation = analytics.anonymousId
        analytics.visitor.begin()
        analytics.track(name: "Touched")
        store(analytics)
        let command = Analytics(
            configuration: Configuration.test(directory, time).role(.command), usesSpool: false)
        command.add(plugin: AmplitudeSession(configuration: .kiosk))
        time.advance(.seconds(1))
        command.visitor.end(reason: .cancelled)
        store(command)
        #expect(command.close())
        time.advance(.seconds(1))
        analytics.track(name: "Later")
        store(analytics)
        #expect(try stored().last?.anonymousId == installation)
        #expect(analytics.close())
    }

    // MARK: - What is stored

    @Test(arguments: [
        #"{"visit":5,"attract":{},"endedVisit":[]}"#, #"{"visit":{"anonymousId":""}}"#,
        #"{"visit":{"anonymousId":"v","began":{"wall":-1,"boot":0,"bootID":"boot"},"last":{}}}"#,
        #"{"visit":{"anonymousId":"v","began":{"wall":9e99,"boot":-5,"bootID":7}}}"#,
        #"{"visit":{"anonymousId":"v","began":{"wall":1,"boot":9223372036854775807,"bootID":"boot"},"last":{"wall":253402300799999,"boot":9223372036854775807,"bootID":"boot"},"pausedSince":{"wall":1,"boot":9223372036854775807,"bootID":"boot"}}}"#,
    ]) func readsWhateverIsInTheStore(_ text: String) throws {
        let analytics = open()
        analytics.track(name: "A")
        store(analytics)
        #expect(analytics.close())
        try inspect(directory) { store in
            try store.transaction { (_) throws(StoreError) in
                try store.keyValue.set("analytics_session_id.state", text)
            }
        }
        let next = open()
        next.track(name: "B")
        next.visitor.begin()
        next.track(name: "C")
        next.visitor.end()
        store(next)
        #expect(try stored().last?.name == "session_end")
        #expect(next.close())
    }
}

/// Says something by itself, as LinuxLifecycle does.
private final class ByItself: ApplicationPlugin {
    let type = PluginType.enrichment
    func application(_ change: ApplicationChange, at moment: Moment) -> [Event] {
        change == .willResignActive ? [Event(name: "By Itself", at: moment)] : []
    }
}

/// Says when it sees an event.
private final class Noticing: Plugin {
    let type = PluginType.after
    private let name: String
    private let signal: Signal

    init(_ name: String, _ signal: Signal) {
        self.name = name
        self.signal = signal
    }

    func execute(_ event: inout Event) -> Verdict {
        if event.event == name { signal.raise() }
        return .keep
    }
}
