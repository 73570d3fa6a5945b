// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct EventSizeTests {
    private func event(_ properties: JSONObject) -> Event {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000))
        event.event = "Order Completed"
        event.properties = properties
        return event
    }

    @Test func takesAnEventOfExactlyTheLimit() {
        let rest = event(["text": ""]).jsonText.utf8.count
        let longest = String(repeating: "a", count: Limits.eventBytes - rest)

        #expect(event(["text": .string(longest)]).jsonText.utf8.count == Limits.eventBytes)
        #expect(!EventSize.isTooLarge(event(["text": .string(longest)])))
        #expect(EventSize.isTooLarge(event(["text": .string(longest + "a")])))
    }

    @Test(arguments: ["\u{0}", "\"", "\u{1F600}", "\u{2028}"])
    func countsWhatATextBecomesInJSON(_ character: String) {
        let text = String(repeating: character, count: 6_000)
        let event = event([text: .string(text)])

        #expect(EventSize.isTooLarge(event) == (event.jsonText.utf8.count > Limits.eventBytes))
    }

    @Test func countsNumbersAndNesting() {
        for count in [10, 900, 1_100, 2_000, 4_000] {
            let values = (0..<count).map {
                JSON.array([.double(-Double($0) / 3e200), .int(.min), .bool(false), .null])
            }
            let event = event(["values": .array(values)])

            #expect(EventSize.isTooLarge(event) == (event.jsonText.utf8.count > Limits.eventBytes), "\(count) values")
        }
    }
}
