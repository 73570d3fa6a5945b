// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

/// What tells a deletion request from an event: a reserved priority, not its text.
@Suite struct DeletionMarkTests {
    let directory = TemporaryDirectory()

    /// An event of a host that begins as deletion requests do. No call makes one: events
    /// begin with one of the six types.
    private static let event = """
        {"type":"delete","messageId":"event","timestamp":"2026-11-28T00:00:00.000Z","anonymousId":"a",\
        "event":"e","properties":{},"context":{},"integrations":{}}
        """
    /// A deletion request as earlier versions stored it, with the priority of an identify.
    private static let unmarked = """
        {"type":"delete","messageId":"unmarked","timestamp":"2026-11-28T00:00:00.000Z","anonymousId":"a",\
        "userId":"u,\\"integrations\\":{","context":{"library":{"name":"footfall","version":"0.1.0"}}}
        """

    private func makeAnalytics(_ delivery: RecordingDelivery) -> Analytics {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: RecordingDestination(delivery))
        return analytics
    }

    /// Leaves one row in the store, for the destination of the tests.
    private func leave(_ text: String, priority: Int64) throws {
        let analytics = makeAnalytics(RecordingDelivery(outcomes: [.blocked("later")]))
        analytics.track(name: "replaced")
        _ = analytics.flush(timeout: .seconds(10))
        #expect(analytics.close())
        try inspect(directory) { store in
            let change = try store.connection.prepare("UPDATE event SET body = CAST(?1 AS BLOB), priority = ?2")
            change.bind(1, text)
            change.bind(2, priority)
            try change.run()
        }
    }

    private func count() throws -> Int64 {
        try inspect(directory) { try $0.connection.integer("SELECT count(*) FROM event") }
    }

    @Test(arguments: [Priority.normal, .critical])
    func anOptOutRemovesAnEventThatBeginsLikeARequest(priority: Priority) throws {
        try leave(Self.event, priority: Int64(priority.rawValue))
        let analytics = makeAnalytics(RecordingDelivery(outcomes: [.blocked("later")]))
        #expect(analytics.optOut())
        #expect(analytics.close())
        #expect(try count() == 0)
        #expect(try lawHolds(directory))
    }

    @Test func anOptOutRemovesAnEventWhosePriorityWasDamaged() throws {
        try leave(
            #"{"type":"track","messageId":"event","anonymousId":"a","event":"e","integrations":{}}"#,
            priority: DeletionMark.priority)
        let analytics = makeAnalytics(RecordingDelivery(outcomes: [.blocked("later")]))
        #expect(analytics.optOut())
        #expect(analytics.close())
        #expect(try count() == 0)
    }

    @Test(arguments: [Priority.normal, .critical])
    func deliveringAnEventThatBeginsLikeARequestStartsNoWipe(priority: Priority) throws {
        try leave(Self.event, priority: Int64(priority.rawValue))
        let delivery = RecordingDelivery()
        let analytics = makeAnalytics(delivery)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
        #expect(delivery.bodies.map { $0["messageId"] } == ["event"])
        #expect(try inspect(directory) { try $0.keyValue.text(Erasure.key) } == nil)
    }

    @Test func aRequestOfAnEarlierVersionOutlivesAnOptOut() throws {
        try leave(Self.unmarked, priority: Int64(Priority.critical.rawValue))
        let analytics = makeAnalytics(RecordingDelivery(outcomes: [.blocked("later")]))
        #expect(analytics.optOut())
        #expect(analytics.close())
        #expect(try count() == 1)
    }

    @Test func deliveringARequestOfAnEarlierVersionStartsAWipe() throws {
        try leave(Self.unmarked, priority: Int64(Priority.critical.rawValue))
        let delivery = RecordingDelivery()
        let analytics = makeAnalytics(delivery)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
        #expect(delivery.bodies.map { $0["messageId"] } == ["unmarked"])
        #expect(try inspect(directory) { try $0.keyValue.text(Erasure.key) } != nil)
    }
}
