// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

/// Visits on a real store. The limit is a minute, as on a kiosk.
@Suite struct VisitTests: VisitBench {
    let directory = TemporaryDirectory()
    let time = TestClock(wall: begin)

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

    @Test func aVisitWithoutInteractionIsOnlyCounted() throws {
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
        let installation = analytics.anonymousId
        for _ in 1...2 {
            analytics.visitor.begin()
            analytics.identify(userId: "needle-user", traits: ["a": 1])
            analytics.visitor.end()
        }
        analytics.track(name: "After")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        // A search finds nothing if a checkpoint moves the text into a file that was searched before.
        #expect(try poll { try !directory.files(with: "needle-user").isEmpty }, "it waits for a destination")
        analytics.add(plugin: RecordingDestination(delivery))
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

    @Test func aVisitWithoutInteractionKeepsTheSessionOfTheInstallation() throws {
        let analytics = open()
        analytics.track(name: "A")
        analytics.visitor.begin()
        analytics.visitor.end()
        analytics.track(name: "B")
        store(analytics)
        #expect(try text() == "session_start(\(begin)) A(\(begin)) B(\(begin))")
        #expect(analytics.close())
    }

    @Test func eventsThatAPluginMakesByItselfAreNotTheVisitors() throws {
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

    // MARK: - Attract mode

    @Test func attractModeOpensNoSessionAndIsNoInteraction() throws {
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

    // MARK: - What is stored

    @Test(arguments: [
        #"{"visit":5,"attract":{},"endedVisit":[]}"#, #"{"visit":{"anonymousId":""}}"#,
        #"{"visit":{"anonymousId":"v","began":{"wall":-1,"boot":0,"bootID":"boot"},"last":{}}}"#,
        #"{"visit":{"anonymousId":"v","began":{"wall":9e99,"boot":-5,"bootID":7}}}"#,
        #"{"visit":{"anonymousId":"v","began":{"wall":1,"boot":9223372036854775807,"bootID":"boot"},"last":{"wall":253402300799999,"boot":9223372036854775807,"bootID":"boot"},"pausedSince":{"wall":1,"boot":9223372036854775807,"bootID":"boot"}}}"#,
    ]) func readsAnyStateThatIsInTheStore(_ text: String) throws {
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
