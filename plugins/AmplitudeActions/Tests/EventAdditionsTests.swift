// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall
import Testing

@Suite struct EventAdditionsTests {
    @Test func asksForTheAddressOfTheRequest() {
        #expect(Mapped(track(), .logEvent, additions: .servers).first["ip"] == "$remote")
        let context: JSONObject = ["context": ["ip": "10.0.0.1"]]
        #expect(Mapped(track(context), .logEvent, additions: .servers).first["ip"] == "10.0.0.1")
        let off = EventAdditions(addsRemoteAddress: false)
        #expect(Mapped(track(), .logEvent, additions: off).first["ip"] == nil)
    }

    @Test func sendsTheMessageIDForRecognition() {
        #expect(Mapped(track(), .logEvent, additions: .servers).first["insert_id"] == "message-1")
        let own: JSONObject = ["insert_id": "mine"]
        #expect(Mapped(track(), .logEvent, own, additions: .servers).first["insert_id"] == "mine")
    }

    @Test func tellsTheEventsOfSeveralMappingsApart() {
        func mapping(_ name: String) -> AmplitudeMapping {
            AmplitudeMapping(
                name: name, subscribe: "type = \"track\"", action: "logEvent",
                mapping: AmplitudeAction.logEvent.defaultMapping)
        }
        let mapped = Mapped(track(), [mapping("one"), mapping("two")], additions: .servers)

        #expect(mapped.items.map { $0["insert_id"] } == ["message-1", "message-1:two"])
    }

    @Test func numbersTheProductsOfAPurchase() {
        let event = track(["properties": ["products": [["price": 1, "quantity": 2], ["price": 3]]]])

        let ids = Mapped(event, .logPurchase, additions: .servers).items.map { $0["insert_id"] }

        #expect(ids == ["message-1", "message-1-2", "message-1-3"])
    }
}
