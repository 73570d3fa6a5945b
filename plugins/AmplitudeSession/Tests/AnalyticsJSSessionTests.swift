// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

/// A case that Segment's browser plugin made.
struct BrowserCase: Sendable, CustomTestStringConvertible {
    var name: String
    var stored: JSONObject
    var now: Int64
    var options: AnalyticsJSSession.Options
    var event: JSONObject
    var expected: JSONObject

    var testDescription: String { name }

    init?(_ value: JSON) {
        guard let object = value.objectValue, let name = object["name"]?.stringValue,
            let stored = object["stored"]?.objectValue, let now = object["now"]?.intValue,
            let mapping = object["mapping"]?.objectValue, let event = object["event"]?.objectValue,
            let expected = object["expect"]?.objectValue
        else { return nil }
        self.name = name
        self.stored = stored
        self.now = now
        self.event = event
        self.expected = expected
        options = AnalyticsJSSession.Options()
        if let length = mapping["sessionLength"] { options.sessionLength = length }
        if let triggers = mapping["triggerSessionEvents"] { options.triggerSessionEvents = triggers }
        if let start = mapping["sessionStartEvent"] { options.sessionStartEvent = start }
        if let end = mapping["sessionEndEvent"] { options.sessionEndEvent = end }
    }

    static let all: [BrowserCase] = {
        let path = "\(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))/Fixtures"
        guard let bytes = try? SmallFile.read("\(path)/session-plugin.json"),
            let cases = bytes.withUnsafeBufferPointer({ try? JSONParser.parse($0) })?.objectValue?["cases"]?.arrayValue
        else { return [] }
        return cases.compactMap(BrowserCase.init)
    }()
}

@Suite struct AnalyticsJSSessionTests {
    let directory = TemporaryDirectory()

    @Test func hasAllCases() { #expect(BrowserCase.all.count == 48) }

    @Test(arguments: BrowserCase.all) func doesWhatTheBrowserPluginDoes(_ example: BrowserCase) {
        var session = AnalyticsJSSession(
            id: example.stored["analytics_session_id"]?.intValue,
            lastAccess: example.stored["analytics_session_id.last_access"]?.intValue)
        var integrations = example.event["integrations"]
        var tracked: [JSON] = []
        let isInvoked = AnalyticsJSSession.types.contains(example.event["type"]?.stringValue ?? "")
        if isInvoked {
            let outcome = session.event(example.event, now: example.now, options: example.options)
            tracked = outcome.tracked.map { ["event": .string($0), "properties": [:]] }
            if outcome.isAttached {
                var object = integrations?.objectValue ?? [:]
                object["Actions Amplitude"] = ["session_id": .int(outcome.id)]
                integrations = .object(object)
            }
        }
        var stored = JSONObject()
        if let id = session.id { stored["analytics_session_id"] = .int(id) }
        if let last = session.lastAccess { stored["analytics_session_id.last_access"] = .int(last) }
        #expect(example.expected["invoked"] == .bool(isInvoked))
        #expect(example.expected["stored"] == .object(stored))
        #expect(example.expected["tracked"] == .array(tracked))
        #expect(example.expected["integrations"] == integrations ?? .null)
    }

    // MARK: - As a mode of the plugin

    @Test func runsAsAModeOfThePlugin() throws {
        let time = TestClock()
        let delivery = RecordingDelivery()
        var options = AnalyticsJSSession.Options()
        options.triggerSessionEvents = true
        let analytics = Analytics(configuration: .test(directory, time))
        analytics.add(plugin: AmplitudeSession(mode: .analyticsJS(options)))
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.track(name: "A", options: CallOptions(integrations: ["Actions Amplitude": ["other": 1]]))
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        time.advance(.seconds(1_800))
        analytics.screen(title: "not seen")
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.flush(timeout: .seconds(5)).queued == 0)

        // Its events come behind the one that made them, and carry the new id.
        #expect(
            delivery.names == [
                "A", "session_ended", "session_started", "screen", "B", "session_ended", "session_started",
            ])
        let begin: Int64 = 1_700_000_000_000
        let ids = delivery.bodies.map {
            $0["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"]?.intValue
        }
        let next = begin + 1_800_000
        #expect(ids == [begin, begin, begin, nil, next, next, next])
        #expect(delivery.bodies[0]["integrations"] == ["Actions Amplitude": ["session_id": .int(begin)]])
        #expect(analytics.sessionId == next)
        #expect(try inspect(directory) { try $0.keyValue.text("analytics_session_id") } == "\(next)")
        #expect(analytics.close())
    }
}
