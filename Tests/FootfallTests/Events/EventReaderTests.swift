// SPDX-License-Identifier: MIT
import Footfall
import Testing

@Suite struct EventReaderTests {
    private func read(_ bytes: [UInt8]) throws(EventReader.Problem) -> Event {
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(EventReader.Problem) in try EventReader.read(bytes) }
        }
        return try result.get()
    }

    private func read(_ text: String) throws(EventReader.Problem) -> Event { try read(Array(text.utf8)) }

    private func field(_ text: String) -> String? { field(Array(text.utf8)) }

    private func field(_ bytes: [UInt8]) -> String? {
        do throws(EventReader.Problem) {
            _ = try read(bytes)
            return nil
        } catch {
            return error.field
        }
    }

    @Test(arguments: [
        ("[]", ""), ("5", ""), (#""track""#, ""), ("", ""), ("{", ""),
        ("{}", "type"), (#"{"type":"trak","event":"A"}"#, "type"), (#"{"type":5}"#, "type"),
        (#"{"type":null}"#, "type"),
        (#"{"type":"track"}"#, "event"), (#"{"type":"track","event":""}"#, "event"),
        (#"{"type":"track","event":5}"#, "event"),
        (#"{"type":"track","event":null}"#, "event"), (#"{"type":"track","event":" \u00a0"}"#, "event"),
        (#"{"type":"group"}"#, "groupId"), (#"{"type":"group","groupId":" "}"#, "groupId"),
        (#"{"type":"alias","previousId":"a"}"#, "userId"), (#"{"type":"alias","userId":"\t"}"#, "userId"),
        (#"{"type":"track","event":"A","timestamp":"yesterday"}"#, "timestamp"),
        (#"{"type":"track","event":"A","timestamp":1700000000}"#, "timestamp"),
        (#"{"type":"track","event":"A","timestamp":"2023-02-30T00:00:00Z"}"#, "timestamp"),
        (#"{"type":"track","event":"A","timestamp":"2026-11-23T17:06:07"}"#, "timestamp"),
        (#"{"type":"track","event":"A","timestamp":""}"#, "timestamp"),
        (#"{"type":"track","event":"A","messageId":[]}"#, "messageId"),
        (#"{"type":"track","event":"A","userId":{}}"#, "userId"),
        (#"{"type":"track","event":"A","userId":true}"#, "userId"),
        (#"{"type":"track","event":"A","properties":[]}"#, "properties"),
        (#"{"type":"track","event":"A","context":"x"}"#, "context"),
        (#"{"type":"track","event":"A","integrations":true}"#, "integrations"),
        (#"{"type":"track","event":"A","properties":{"x":NaN}}"#, "properties.x"),
        (#"{"type":"track","event":"A","properties":{"x":-Infinity}}"#, "properties.x"),
        (#"{"type":"track","event":"A","properties":{"x":1e400}}"#, "properties.x"),
        (
            #"{"type":"track","event":"A","properties":{"items":[{"price":1},{"price":1e999}]}}"#,
            "properties.items[1].price"
        ),
        (#"{"type":"track","event":"A","properties":{"x":01}}"#, "properties.x"),
    ])
    func namesTheFieldThatIsWrong(text: String, expected: String) {
        #expect(field(text) == expected)
    }

    @Test func namesTheFieldThatIsNotUTF8() {
        let bytes =
            Array(#"{"type":"track","event":"A","properties":{"x":""#.utf8) + [0xC3, 0x28] + Array(#""}}"#.utf8)
        #expect(field(bytes) == "properties.x")
        #expect(field([0xFF, 0xFE]) == "")
    }

    @Test func takes32KiBAndNotAByteMore() throws {
        let frame = #"{"type":"track","event":"A","properties":{"x":""}}"#
        let room = (32 << 10) - frame.utf8.count
        func event(_ count: Int) -> String {
            #"{"type":"track","event":"A","properties":{"x":""# + String(repeating: "x", count: count) + #""}}"#
        }
        #expect(try read(event(room)).event == "A")
        let problem = #expect(throws: EventReader.Problem.self) { try read(event(room + 1)) }
        #expect(problem?.problem == "the event has 32769 bytes; at most 32 KiB are taken")
    }

    @Test func keepsWhatItDoesNotKnowAndWritesTheTimeInUTC() throws {
        let text =
            #"{"type":"track","messageId":"m","timestamp":"2026-11-23T18:06:07.065+01:00","userId":"u","event":"A","properties":{"n":1.50},"context":{},"integrations":{},"channel":"server","version":2}"#
        let event = try read(text)
        #expect(event.extra == ["channel": "server", "version": 2])
        #expect(event.hasGivenTimestamp)
        #expect(event.timestamp.milliseconds == 1_795_453_567_065)
        #expect(event.jsonText.contains(#""timestamp":"2026-11-23T17:06:07.065Z""#))
        #expect(event.jsonText.contains(#""channel":"server","version":2"#))
    }

    @Test func takesNumbersForIds() throws {
        let event = try read(
            #"{"type":"alias","userId":42,"previousId":18446744073709551615,"anonymousId":1.5,"messageId":7}"#)
        #expect(event.userId == "42")
        #expect(event.messageId == "7")
        #expect(event.previousId == "18446744073709551615")
        #expect(event.anonymousId == "1.5")
    }

    @Test func takesNullForMissing() throws {
        let event = try read(
            #"{"type":"track","event":"A","messageId":null,"timestamp":null,"userId":null,"properties":null,"context":null}"#
        )
        #expect(!event.hasGivenTimestamp)
        #expect(event.userId == nil)
        #expect(event.messageId.isEmpty)
    }

    @Test func takesABlankIdForMissing() throws {
        let event = try read(
            #"{"type":"identify","messageId":" ","userId":"","anonymousId":"\u00a0","groupId":"\t","previousId":"","category":" ","traits":{"plan":" "}}"#
        )
        #expect((event.userId, event.groupId, event.previousId, event.category) == (nil, nil, nil, nil))
        #expect(event.messageId.isEmpty && event.anonymousId.isEmpty)
        #expect(event.traits == ["plan": " "], "what the caller says is not touched")
    }

    @Test(arguments: [#"{"type":"page"}"#, #"{"type":"screen","name":""}"#, #"{"type":"page","category":"Docs"}"#])
    func takesPagesAndScreensWithoutAName(text: String) throws {
        #expect(try read(text).name == nil)
    }

    @Test func saysThatTheZoneIsMissing() {
        let problem = #expect(throws: EventReader.Problem.self) {
            try read(#"{"type":"track","event":"A","timestamp":"2026-11-23T17:06:07"}"#)
        }
        #expect(
            problem?.description
                == "timestamp: 2026-11-23T17:06:07: the zone is missing; write Z for UTC or an offset such as +02:00 at the end"
        )
    }

    @Test func skipsAByteOrderMark() throws {
        #expect(try read("\u{FEFF}{\"type\":\"track\",\"event\":\"A\"}").event == "A")
    }

    @Test func saysWhereAndWhat() {
        let problem = #expect(throws: EventReader.Problem.self) {
            try read(#"{"type":"track","event":"A","properties":{"x":1e400}}"#)
        }
        #expect(problem?.description.hasPrefix("properties.x: ") == true)
        #expect(problem?.description.contains("1e400") == true)
        #expect(problem?.description.contains("at byte") == true)
    }
}
