// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

/// Removes the user from events, as a plugin does that events must not pass by.
private final class Redactor: Plugin {
    let type = PluginType.before
    let name = "Redactor"
    func execute(_ event: inout Event) -> Verdict {
        event.userId = nil
        return .keep
    }
}

/// Stands in for it in a program that does not know it.
private final class Missing: UnknownPlugin {
    let type = PluginType.before
    let name = "Redactor"
    let onFailure = FailurePolicy.hold
    func execute(_ event: inout Event) -> Verdict { .drop }
}

/// Sessions and visits while all events wait for a plugin.
@Suite struct SessionHoldTests {
    /// What a client does between its start and its end.
    private typealias Story = (Bench, Analytics) -> Void

    /// One state directory.
    private struct Bench: SessionBench {
        let directory = TemporaryDirectory()
        let time = TestClock(wall: begin)

        func client(_ redactor: sending any Plugin, _ configuration: SessionConfiguration) -> Analytics {
            Analytics(
                configuration: .test(directory, time),
                plugins: [redactor, AmplitudeSession(configuration: configuration)])
        }
    }

    /// Names, sessions, times and users, in order.
    private func rows(_ bench: Bench) throws -> [String] {
        try bench.stored().map { "\($0) \($0.time) \($0.userId ?? "-")" }
    }

    /// The same calls, once with the plugin and once held until the next start, come to the same.
    private func expectEqual(
        _ configuration: SessionConfiguration, sourceLocation: SourceLocation = #_sourceLocation, _ story: Story
    ) throws {
        let direct = Bench()
        let known = direct.client(Redactor(), configuration)
        story(direct, known)
        direct.store(known)
        #expect(known.close())

        let bench = Bench()
        let holding = bench.client(Missing(), configuration)
        story(bench, holding)
        bench.store(holding)
        #expect(try rows(bench).isEmpty, "no marker passes the plugin by", sourceLocation: sourceLocation)
        #expect(holding.close())
        #expect(try rows(bench).isEmpty, sourceLocation: sourceLocation)
        let back = bench.client(Redactor(), configuration)
        bench.store(back)
        #expect(back.close())
        #expect(HeldEvents.all(in: StateDirectory(path: bench.directory.path)).isEmpty)
        #expect(try rows(bench) == rows(direct), sourceLocation: sourceLocation)
    }

    @Test func resetsKeepTheirPlace() throws {
        try expectEqual(SessionConfiguration()) { bench, analytics in
            analytics.identify(userId: "ada")
            analytics.track(name: "A")
            bench.time.advance(.seconds(5))
            bench.store(analytics)
            analytics.track(name: "B")
            bench.time.advance(.seconds(5))
            analytics.reset()
            bench.time.advance(.seconds(5))
            analytics.track(name: "C")
            bench.store(analytics)
            analytics.track(name: "D")
        }
    }

    @Test func aSessionThatTheHostEndsMakesNoMarkers() throws {
        let bench = Bench()
        let holding = bench.client(Missing(), SessionConfiguration())
        holding.track(name: "A")
        bench.store(holding)
        holding.startNewSession()
        holding.endSession()
        bench.store(holding)
        #expect(try rows(bench).isEmpty)
        #expect(holding.close())
    }

    @Test func visitsKeepTheirPlace() throws {
        try expectEqual(.kiosk) { bench, analytics in
            analytics.visitor.begin()
            analytics.identify(userId: "ada")
            let id = analytics.visitor.id
            #expect(id != nil)
            bench.store(analytics)
            #expect(analytics.visitor.id == id, "the store does not know the visit yet")
            bench.time.advance(.seconds(5))
            analytics.track(name: "A")
            bench.time.advance(.seconds(5))
            analytics.visitor.end(reason: .completed)
            bench.store(analytics)
            #expect(analytics.visitor.id == nil)
            bench.time.advance(.seconds(5))
            analytics.visitor.begin()
            analytics.track(name: "B")
            analytics.reset()
            bench.store(analytics)
            #expect(analytics.visitor.id == nil, "a reset ends it")
            analytics.track(name: "C")
        }
    }

    @Test func aResetOfAnEndedProcessKeepsItsPlace() throws {
        let bench = Bench()
        let killed = bench.client(Redactor(), SessionConfiguration())
        killed.identify(userId: "ada")
        killed.track(name: "A")
        bench.store(killed)
        #expect(killed.close())
        let before = try rows(bench)
        let holding = bench.client(Missing(), SessionConfiguration())
        holding.reset()
        holding.track(name: "B")
        bench.store(holding)
        #expect(holding.userId == nil)
        #expect(holding.close())
        #expect(try rows(bench) == before)
        let back = bench.client(Redactor(), SessionConfiguration())
        bench.store(back)
        #expect(back.userId == nil)
        #expect(back.close())
        #expect(try rows(bench).map { $0.prefix { $0 != "(" } }.suffix(3) == ["session_end", "session_start", "B"])
    }
}
