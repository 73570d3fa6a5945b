// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct EventValueTests {
    private static let types: [EventType] = [.track, .identify, .screen, .page, .group, .alias]

    /// The text is what is stored and delivered, so a mapping sees the same in a plugin and in a delivery.
    @Test(arguments: types) func theValueIsWhatTheTextSays(_ type: EventType) throws {
        var event = Event(type: type, timestamp: Timestamp(milliseconds: 1_795_917_820_264))
        #expect(event.json.text == event.jsonText)
        event.anonymousId = "a"
        event.userId = "u"
        event.event = "Order \"Completed\""
        event.name = "Home"
        event.category = "Shop"
        event.groupId = "g"
        event.previousId = "p"
        event.extra = ["sourceId": 7]
        event.context = ["app": ["version": "1"]]
        event.integrations = ["All": false]
        #expect(event.json.text == event.jsonText)
        event.properties = ["total": 59.9]
        #expect(event.json.text == event.jsonText)
        event.traits = ["plan": nil]
        #expect(event.json.text == event.jsonText)
        event.properties = [:]
        #expect(event.json.text == event.jsonText)
        #expect(try JSONParser.parse(event.jsonText) == event.json)
    }
}
