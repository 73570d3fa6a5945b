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

    /// Earlier versions stored a time as it was typed.
    @Test(
        arguments: [
            ("2026-12-31 23:59:60z", 1_798_761_600_000), ("2026-11-23T18:06:07.065+0100", 1_795_453_567_065),
            ("2026-11-23T17:06Z", 1_795_453_560_000), ("@1700000000.5", 1_700_000_000_500),
            ("2026-12-31T23:59:60.000Z", 1_798_761_600_000), ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)]) func takesEveryTimeThatAnEventMayHave(_ text: String, _ milliseconds: Int64)
    {
        for action in [AmplitudeAction.logEvent, .logEventV2, .logPurchase] {
            let mapped = Mapped(track(["timestamp": .string(text)]), action, additions: .servers)
            #expect(mapped.first["time"] == .int(milliseconds), "\(action) \(text)")
        }
    }

    @Test(arguments: ["1700000000123", 1_700_000_000_123] as [JSON]) func sendsASessionIdAsANumber(_ id: JSON) {
        let event = track(["integrations": ["Actions Amplitude": ["session_id": id]]])
        #expect(Mapped(event, .logEventV2, additions: .servers).first["session_id"] == 1_700_000_000_123)
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
