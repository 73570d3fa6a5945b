// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

/// A visit, and a session, that end because nothing happens.
@Suite struct VisitIdlenessTests: VisitBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

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

    /// A client whose visitor chose a film that ran for longer than the limit.
    private func openAndShowAFilm() -> Analytics {
        let analytics = open()
        analytics.visitor.begin()
        analytics.track(name: "Film Chosen")
        analytics.visitor.pauseIdle()
        time.advance(.seconds(5_400))
        analytics.visitor.resumeIdle()
        return analytics
    }

    @Test func doesNotEndWhileAFilmIsPlaying() throws {
        let analytics = openAndShowAFilm()
        analytics.visitor.end()
        store(analytics)
        #expect(try properties("session_end")?["reason"] == "completed")
        #expect(analytics.close())
    }

    @Test func theSessionGoesOnAfterAFilm() throws {
        let analytics = openAndShowAFilm()
        analytics.track(name: "Touched")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) Film Chosen(\(begin)) Touched(\(begin))")
        #expect(analytics.close())
    }

    @Test func anEventAfterTheLimitIsTheInstallations() throws {
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

    @Test func endsAnIdleSessionByItselfWhenConfigured() throws {
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
}
