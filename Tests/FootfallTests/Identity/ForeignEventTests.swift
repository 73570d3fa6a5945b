// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

/// Calls about other users than the client's.
@Suite struct ForeignEventTests {
    let directory = TemporaryDirectory()
    let errors = ErrorLog()
    let delivery = RecordingDelivery()

    private func make() -> Analytics {
        Analytics(
            configuration: Configuration.test(directory).errors(to: errors), plugins: [RecordingDestination(delivery)])
    }

    private func of(_ userId: String? = nil, anonymous anonymousId: String? = nil) -> CallOptions {
        CallOptions(anonymousId: anonymousId, userId: userId, isForeign: true)
    }

    /// The ids of what was delivered.
    private var ids: [String] {
        delivery.bodies.map { body in
            let ids = ["anonymousId", "userId", "previousId"].map { body[$0]?.stringValue ?? "-" }
            return "\(body["event"]?.stringValue ?? body["type"]?.stringValue ?? "?") \(ids.joined(separator: " "))"
        }
    }

    @Test func carryTheIdsOfTheCallAndNothingOfTheClient() {
        let analytics = make()
        analytics.identify(userId: "own")
        analytics.track(name: "A", options: of("u1"))
        analytics.screen(title: "B", options: of(anonymous: "a2"))
        analytics.page(title: "C", options: of("u3", anonymous: "a3"))
        analytics.group(groupId: "g", options: of("u4"))
        analytics.track(name: "mine")
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)
        let own = analytics.anonymousId
        #expect(
            ids == [
                "identify \(own) own -", "A - u1 -", "screen a2 - -", "page a3 u3 -", "group - u4 -",
                "mine \(own) own -",
            ])
        #expect(analytics.close())
    }

    @Test func changeNoIdentity() {
        let analytics = make()
        let own = analytics.anonymousId
        analytics.identify(userId: "u1", traits: ["plan": "pro"], options: CallOptions(isForeign: true))
        analytics.alias(newId: "u2", previousId: "old", options: CallOptions(isForeign: true))
        analytics.alias(newId: "u3", options: of(anonymous: "a3"))
        #expect(analytics.userId == nil && analytics.traits.isEmpty && analytics.anonymousId == own)
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)
        #expect(ids == ["identify - u1 -", "alias - u2 old", "alias a3 u3 a3"])
        #expect(analytics.close())
        let next = make()
        #expect(next.userId == nil && next.anonymousId == own)
        #expect(next.close())
    }

    @Test func areOfNoVisitor() {
        let analytics = make()
        analytics.visitor.begin()
        analytics.track(name: "A", options: of("u1"))
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)
        #expect(ids == ["A - u1 -"])
        #expect(analytics.close())
    }

    @Test func areRefusedWithoutAnId() {
        let analytics = make()
        let foreign = CallOptions(isForeign: true)
        analytics.track(name: "A", options: foreign)
        analytics.track(name: "A", options: of("", anonymous: " "))
        analytics.identify(traits: ["plan": "pro"], options: foreign)
        analytics.alias(newId: "u2", options: foreign)
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)
        #expect(delivery.bodies.isEmpty)
        #expect(analytics.counters.dropped == [.invalid: 4])
        #expect(errors.codes == [.invalidEvent, .invalidEvent, .invalidEvent, .invalidEvent])
        #expect(
            errors.errors.last?.message == "an event was dropped: previousId: it is missing, and so is anonymousId; "
                + "alias of another user needs one of them")
        #expect(analytics.close())
    }

    @Test func keepTheirIdsInTheSpool() {
        let analytics = make()
        final class Blocking: Plugin {
            let type = PluginType.before
            let began = Signal()
            let goOn = Signal()
            func execute(_ event: inout Event) -> Verdict {
                began.raise()
                _ = goOn.wait()
                return .keep
            }
        }
        let plugin = Blocking()
        let (began, goOn) = (plugin.began, plugin.goOn)
        analytics.add(plugin: plugin)
        analytics.track(name: "A", options: of("u1"))
        analytics.track(name: "B", options: of(anonymous: "a2"))
        #expect(began.wait())
        #expect(!analytics.close(timeout: .zero))
        goOn.raise()
        #expect(!analytics.close(timeout: .seconds(60)))
        let next = make()
        #expect(next.flush(timeout: .seconds(60)).isDelivered)
        #expect(ids == ["A - u1 -", "B a2 - -"])
        #expect(next.close())
    }

    @Test func anEventReadFromJSONIsForeignByItsOptions() throws {
        let analytics = make()
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 0))
        event.event = "A"
        event.userId = "u1"
        analytics.process(event, options: CallOptions(isForeign: true))
        analytics.process(event, options: CallOptions(messageId: "m"))
        #expect(analytics.flush(timeout: .seconds(60)).isDelivered)
        #expect(ids == ["A - u1 -", "A \(analytics.anonymousId) u1 -"])
        #expect(delivery.bodies.last?["messageId"] == "m")
        #expect(analytics.close())
    }
}
