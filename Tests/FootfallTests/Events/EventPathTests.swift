// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// Plugins in other languages read and change an event by paths.
@Suite struct EventPathTests {
    private func sample() throws -> Event {
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000), anonymousId: "anon")
        event.event = "Order"
        event.properties = [
            "total": 59.9, "items": [["sku": "a"], ["sku": "b"]], "a.b": 1, "nothing": nil,
        ]
        event.context = ["app": ["name": "shop"]]
        event.extra["channel"] = ["kind": "kiosk"]
        return event
    }

    @Test(arguments: [
        ("type", #""track""#), ("event", #""Order""#), ("anonymousId", #""anon""#), ("userId", "-"),
        ("timestamp", #""2023-11-14T22:13:20.000Z""#), ("properties.total", "59.9"),
        ("properties.items[1].sku", #""b""#), ("properties.items.0.sku", #""a""#), ("properties['a.b']", "1"),
        ("properties.nothing", "null"), ("properties.nothing.more", "-"), ("properties.items[2]", "-"),
        ("properties.total.more", "-"), ("context", #"{"app":{"name":"shop"}}"#), ("context.app.name", #""shop""#),
        ("channel.kind", #""kiosk""#), ("unknown", "-"), ("event.more", "-"), ("traits", "{}"),
    ])
    func findsAValue(path: String, wanted: String) throws {
        #expect(try sample().value(atPath: path)?.text ?? "-" == wanted)
    }

    @Test(arguments: ["", ".", "a.", ".a", "a..b", "a[", "a[x]", "a[-1]", "a]", "[0]", "a['x'", "a['x].b", "a[0]b"])
    func refusesWhatIsNoPath(path: String) throws {
        var event = try sample()
        let before = event.jsonText
        #expect(throws: EventReader.Problem.self) { try event.value(atPath: path) }
        #expect(throws: EventReader.Problem.self) { try event.setValue(1, atPath: path) }
        #expect(throws: EventReader.Problem.self) { try event.removeValue(atPath: path) }
        #expect(event.jsonText == before)
    }

    @Test func setsValuesAndMakesWhatIsMissingOnTheWay() throws {
        var event = try sample()
        try event.setValue(60, atPath: "properties.total")
        try event.setValue("c", atPath: "properties.items[2].sku")
        try event.setValue(true, atPath: "traits.address['postal code'].known")
        try event.setValue([], atPath: "properties.nothing.list")
        try event.setValue("u1", atPath: "userId")
        try event.setValue(7, atPath: "groupId")
        try event.setValue("2024-01-01T00:00:00Z", atPath: "timestamp")
        try event.setValue(1, atPath: "channel.rank")
        try event.setValue(["only": 1], atPath: "context")
        #expect(event.properties["total"] == 60)
        #expect(event.properties["items"]?.text == #"[{"sku":"a"},{"sku":"b"},{"sku":"c"}]"#)
        #expect(event.properties["nothing"] == ["list": []])
        #expect(event.traits == ["address": ["postal code": ["known": true]]])
        #expect((event.userId, event.groupId) == ("u1", "7"), "a number is an id, as in a file")
        #expect(event.timestamp.milliseconds == 1_704_067_200_000)
        #expect(!event.hasGivenTimestamp, "the caller gave none")
        #expect(event.extra == ["channel": ["kind": "kiosk", "rank": 1]])
        #expect(event.context == ["only": 1])
        #expect(event.properties.map(\.key) == ["total", "items", "a.b", "nothing"], "each keeps its place")
    }

    @Test(
        arguments: [
            ("type", JSON.string("page"), "type: it cannot be changed"),
            ("event", 5, "event: it must be a text, this is number"),
            ("properties", "x", "properties: it must be an object, this is text"),
            ("timestamp", "yesterday", "timestamp: "),
            ("timestamp", nil, "timestamp: each event has one"),
            ("messageId", " ", "messageId: each event has one"),
            ("userId.x", 1, "userId.x: userId is a text, which has no parts"),
            ("properties.total.x", 1, "properties.total.x: there is a number on the way"),
            ("properties.items.x", 1, "properties.items.x: there is an array of 2 elements on the way"),
            ("properties.items[3]", 1, "properties.items[3]: there is an array of 2 elements on the way"),
            ("properties[0]", 1, "properties[0]: an object has no places"),
            ("properties.new[1].x", 1, "properties.new[1].x: there is an array of 0 elements on the way"),
        ] as [(String, JSON, String)])
    func refusesAValueThatDoesNotFit(path: String, value: JSON, says: String) throws {
        var event = try sample()
        let before = event.jsonText
        let error = #expect(throws: EventReader.Problem.self) { try event.setValue(value, atPath: path) }
        #expect(error?.description.hasPrefix(says) == true, "\(error?.description ?? "")")
        #expect(event.jsonText == before)
    }

    @Test func removesValues() throws {
        var event = try sample()
        for path in ["properties.items[0]", "properties['a.b']", "context", "event", "channel", "none", "none.more[9]"]
        {
            try event.removeValue(atPath: path)
        }
        #expect(event.properties.map(\.key) == ["total", "items", "nothing"])
        #expect(event.properties["items"] == [["sku": "b"]])
        #expect(event.context.isEmpty && event.extra.isEmpty && event.event == nil)
        for path in ["type", "messageId", "timestamp"] {
            #expect(throws: EventReader.Problem.self) { try event.removeValue(atPath: path) }
        }
    }

    @Test func replacesTheWholeEventButItsType() throws {
        var event = try sample()
        let id = event.messageId
        try event.replace(with: ["type": "track", "event": "New", "userId": "u", "more": 1])
        #expect((event.event, event.userId, event.messageId) == ("New", "u", id))
        #expect((event.anonymousId, event.timestamp.milliseconds) == ("anon", 1_700_000_000_000))
        #expect(event.properties.isEmpty && event.extra == ["more": 1])
        let before = event.jsonText
        for other in [["type": "page"], ["event": "A"], ["type": "track"]] as [JSONObject] {
            #expect(throws: EventReader.Problem.self) { try event.replace(with: other) }
        }
        #expect(event.jsonText == before)
    }

    @Test func keepsItsLawsAtRandomPaths() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var random = SplitMix64(seed: seed)
        let words = [
            "properties", "traits", "context", "userId", "event", "timestamp", "type", "extra", "a", "b", "0", "1",
            ".", ".", "[0]", "[1]", "['a.b']", "[", "]", "'", "é", "\u{0}", "[99999999999999999999]",
        ]
        let values: [JSON] = [nil, true, 5, 0.5, "text", [], [1, [2]], [:], ["a": ["b": 1]], "2024-01-01T00:00:00Z"]
        var set = 0
        var event = try sample()
        for _ in 0..<2_000 {
            let path = (0..<Int.random(in: 0...6, using: &random))
                .map { _ in words.randomElement(using: &random) ?? "" }.joined()
            let value = values[Int.random(in: 0..<values.count, using: &random)]
            let before = event.jsonText
            do throws(EventReader.Problem) {
                try event.setValue(value, atPath: path)
                set += 1
                let found = try event.value(atPath: path)
                let isObject = ["properties", "traits", "context", "integrations"].contains(path)
                // The fields of the event say null by being absent or empty.
                let isText = ["userId", "event", "anonymousId"].contains(path)
                let wanted: JSON? = value.isNull ? (isObject ? .some([:]) : isText ? .none : .some(.null)) : value
                if path == "timestamp" {
                    #expect(found?.stringValue == "2024-01-01T00:00:00.000Z", "\(path)")
                } else if isText, wanted?.stringValue == nil, wanted != nil {
                    #expect(found == .string(value.text), "a number as an id: \(path)")
                } else {
                    #expect(found == wanted, "\(path) = \(value.text)")
                }
                if Bool.random(using: &random) {
                    try event.removeValue(atPath: path)
                    // The next element of an array moves up.
                    if !["]", "0", "1"].contains(where: path.hasSuffix) {
                        let nothing: JSON? = isObject ? .some([:]) : .none
                        #expect(try event.value(atPath: path) == nothing, "\(path)")
                    }
                }
            } catch {
                #expect(path == "timestamp" || event.jsonText == before, "\(path): a refused change changes nothing")
            }
            if event.jsonText.utf8.count > 4_000 { event = try sample() }
            #expect(try JSONParser.parse(event.jsonText) == event.json)
        }
        #expect(set > 50, "so many changes were made")
    }
}
