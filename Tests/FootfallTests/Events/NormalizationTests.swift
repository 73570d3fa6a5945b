// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// One rule for ids, names, the time and `integrations`, whichever way an event comes.
@Suite struct NormalizationTests {
    let directory = TemporaryDirectory()
    let errors = ErrorLog()

    /// What reaches a destination, and why calls were dropped.
    private func delivered(_ body: (Analytics) -> Void) -> (bodies: [JSONObject], drops: [DropReason: Int64]) {
        let analytics = Analytics(configuration: .test(directory).errors(to: errors))
        let destination = RecordingDestination()
        analytics.add(plugin: destination)
        body(analytics)
        _ = analytics.flush(timeout: .seconds(10))
        #expect(analytics.close())
        return (destination.delivery.bodies, analytics.counters.dropped)
    }

    private static let blanks = ["", " ", "\t\n", "\u{A0}\u{FEFF}"]

    @Test(arguments: blanks) func aBlankIdOfACallCountsAsNotGiven(_ blank: String) throws {
        let (bodies, _) = delivered { analytics in
            analytics.identify(userId: "u1")
            analytics.identify(userId: blank, traits: ["plan": "guest"])
            analytics.track(
                name: "A", options: CallOptions(messageId: blank, anonymousId: blank, userId: blank))
            analytics.alias(newId: "u2", previousId: blank)
            #expect(analytics.traits == ["plan": "guest"])
        }
        try #require(bodies.count == 4)
        #expect(bodies[1]["userId"] == "u1")
        #expect(bodies[2]["userId"] == "u1")
        #expect(bodies[2]["anonymousId"] == bodies[0]["anonymousId"])
        #expect(bodies[2]["messageId"]?.stringValue?.utf8.count == 36)
        #expect(bodies[3]["previousId"] == "u1")
    }

    @Test(arguments: blanks) func aBlankNameOrNewIdIsRefused(_ blank: String) {
        let (bodies, drops) = delivered { analytics in
            analytics.track(name: blank)
            analytics.group(groupId: blank)
            analytics.alias(newId: blank)
        }
        #expect(bodies.isEmpty)
        #expect(drops == [.invalid: 3])
        #expect(errors.codes == [.invalidEvent, .invalidEvent, .invalidEvent])
    }

    @Test func pagesAndScreensNeedNoName() throws {
        let (bodies, _) = delivered { analytics in
            analytics.page(title: "")
            analytics.screen(title: " ", category: "")
            analytics.page(title: "Home", category: "Docs")
        }
        try #require(bodies.count == 3)
        #expect(bodies.map { $0["name"] } == [nil, nil, "Home"])
        #expect(bodies.map { $0["category"] } == [nil, nil, "Docs"])
    }

    @Test func anEventOfAPluginOrToolIsReadByTheSameRule() throws {
        let (bodies, drops) = delivered { analytics in
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: .max), anonymousId: " ")
            event.event = "A"
            event.userId = "\t"
            event.messageId = " "
            event.markAsPast()
            analytics.process(event)
            event.event = " "
            analytics.process(event)
        }
        try #require(bodies.count == 1)
        #expect(bodies[0]["userId"] == nil)
        #expect(bodies[0]["anonymousId"]?.stringValue?.utf8.count == 36)
        #expect(bodies[0]["messageId"]?.stringValue?.utf8.count == 36)
        #expect(bodies[0]["timestamp"] == "9999-12-31T23:59:59.999Z")
        #expect(drops == [.invalid: 1])
    }

    @Test func whatAPluginLeavesBlankDoesNotReachTheWire() throws {
        let (bodies, drops) = delivered { analytics in
            analytics.identify(userId: "u1")
            analytics.add(enrichment: { event in
                event.userId = ""
                event.category = " "
                event.messageId = ""
                if event.event == "nameless" { event.event = "\u{A0}" }
                return .keep
            })
            analytics.track(name: "A")
            analytics.track(name: "nameless")
        }
        try #require(bodies.count == 2)
        #expect(bodies[1]["event"] == "A")
        #expect(bodies[1]["userId"] == nil)
        #expect(bodies[1]["category"] == nil)
        #expect(bodies[1]["messageId"]?.stringValue?.utf8.count == 36)
        #expect(drops == [.invalid: 1])
        #expect(errors.codes == [.invalidEvent])
    }

    @Test func whatADestinationsOwnPluginLeavesBlankDoesNotReachTheWire() throws {
        let analytics = Analytics(configuration: .test(directory))
        let destination = RecordingDestination()
        destination.add(plugin: Blanking(.enrichment))
        analytics.add(plugin: destination)
        analytics.add(plugin: Blanking(.after))
        analytics.track(name: "A", options: CallOptions(userId: "u1"))
        _ = analytics.flush(timeout: .seconds(10))
        #expect(analytics.close())
        try #require(destination.delivery.bodies.count == 1)
        #expect(destination.delivery.bodies[0]["userId"] == nil)
    }

    // MARK: - integrations

    @Test(arguments: ["all", "ALL", "aLL"]) func allInAnyCaseMeansAll(_ key: String) throws {
        let (bodies, _) = delivered { analytics in
            analytics.track(name: "refused", options: CallOptions(integrations: [key: false]))
            analytics.track(name: "taken", options: CallOptions(integrations: [key: false, "recording": true]))
            analytics.track(name: "over", options: CallOptions(integrations: [key: false, "All": true]))
        }
        #expect(bodies.map { $0["event"] } == ["taken", "over"])
        #expect(bodies.map { $0["integrations"] } == [["All": false, "recording": true], ["All": true]])
    }

    @Test func anIntegrationOfNullCountsAsNotGiven() {
        #expect(!Event.isRouted(["All": false, "recording": nil], to: "recording"))
        #expect(Event.isRouted(["All": nil], to: "recording"))
        #expect(!Event.isRouted(["all": false], to: "recording"))
        #expect(Event.isRouted(["all": false, "All": true], to: "recording"))
        #expect(Event.isRouted(["ALL": false], to: "Segment.io"))
    }
}

private final class Blanking: Plugin {
    let type: PluginType

    init(_ type: PluginType) { self.type = type }

    func execute(_ event: inout Event) -> Verdict {
        event.userId = " "
        return .keep
    }
}
