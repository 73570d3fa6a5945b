// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

/// A visit that several processes see.
@Suite struct VisitSharingTests: VisitBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

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

    @Test func aVisitThatOutlivedItsProcessIsEndedByTheNext() throws {
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
}
