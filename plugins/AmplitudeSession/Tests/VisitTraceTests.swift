// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import AmplitudeSession
@testable import Footfall

/// After a visit nothing of its visitor is on the disk but in events that wait.
@Suite struct VisitTraceTests {
    let directory = TemporaryDirectory()

    private func make(_ delivery: RecordingDelivery) -> Analytics {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: AmplitudeSession())
        analytics.add(plugin: RecordingDestination(delivery))
        return analytics
    }

    private func expectErased() throws {
        let isErased = try poll { try inspect(directory) { try Erasure.state($0).step == .done } }
        #expect(isErased, "what was delivered is removed from the file")
    }

    @Test func nothingOfAVisitorIsLeftWhenTheVisitsEventsAreDelivered() throws {
        let delivery = RecordingDelivery()
        let analytics = make(delivery)
        for visit in 1...3 {
            analytics.visitor.begin()
            let id = analytics.anonymousId
            analytics.identify(userId: "needle-user-\(visit)", traits: ["mail": "needle-\(visit)@example.com"])
            for number in 1...20 { analytics.track(name: "needle-\(visit)-\(number)") }
            #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
            analytics.visitor.end()
            #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
            try expectErased()
            #expect(try directory.files(with: "needle").isEmpty, "visit \(visit)")
            #expect(try directory.files(with: id).isEmpty, "visit \(visit)")
        }
        #expect(analytics.close())
        #expect(try directory.files(with: "needle").isEmpty)
    }

    @Test func theVisitorIsOnlyInEventsThatWait() throws {
        let delivery = RecordingDelivery(outcomes: [.blocked("offline")])
        let analytics = make(delivery)
        analytics.visitor.begin()
        analytics.identify(userId: "needle-user")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        analytics.visitor.end()
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        try expectErased()
        let state = try inspect(directory) { try $0.keyValue.text("analytics_session_id.state") ?? "" }
        let isThere = state.contains("needle")
        #expect(!isThere)
        let files = try directory.files(with: "needle")
        #expect(!files.isEmpty && files.allSatisfy { $0.hasSuffix("/store.db") }, "\(files)")
        #expect(analytics.close())
    }

    @Test func aVisitsEndIsTold() throws {
        let told = Guarded<[VisitEnd]>([])
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: AmplitudeSession { end in told.read { $0.append(end) } })
        analytics.visitor.begin()
        let id = analytics.anonymousId
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        analytics.visitor.end()
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(told.current.map(\.id) == [id])
        #expect(analytics.close())
    }
}
