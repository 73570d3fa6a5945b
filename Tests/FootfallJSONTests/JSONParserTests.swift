// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@Suite struct JSONParserTests {
    @Test(arguments: [
        "1790000000123", "9007199254740993", "18446744073709551615", "1.5", "0.1000000000000000055", "true", "0",
        "-9223372036854775808", "9223372036854775807", "-9223372036854775809", "1e-07", "0.1", "123456789.123456",
        "-0.0", "1.0", "5e-324", "1.7976931348623157e+308", "3.141592653589793238462643383279", "null", "\"\"",
        "[]", "{}", #"{"a":[1,{"b":null}],"c":"d"}"#, #""tab\tnewline\nquote\"back\\""#, "\"żółw 🐢\"",
    ])
    func writesWhatItRead(text: String) throws {
        #expect(try JSONParser.parse(text).text == text)
    }

    @Test(arguments: [
        ("1.50", "1.5"), ("1E2", "100.0"), ("-0", "0"), (" [ 1 , 2 ] ", "[1,2]"),
        (#""\u0041\/\ud83d\ude00""#, #""A/😀""#),
        (#""\ud800x""#, "\"\u{FFFD}x\""), (#""\ud800A""#, "\"\u{FFFD}A\""),
        (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#),
        ("0.10", "0.1"), ("1e22", "1e+22"), ("100000000000000000000", "1e+20"), (#""\u0001""#, #""\u0001""#),
    ])
    func writesTheSameValue(text: String, written: String) throws {
        #expect(try JSONParser.parse(text).text == written)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}",
        "01", "-", "1.",
        ".5", "1e", "+1", "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "\"", "\"\\", "\"\\x\"", "\"\\u12\"",
        "\"\u{1}\"", "1 2", "{}x", "// x\n1", "'a'", "[1 2]", "{\"a\" 1}",
    ])
    func refusesTextThatIsNoJSON(text: String) {
        #expect(throws: JSONError.self) { try JSONParser.parse(text) }
    }

    @Test func refusesBytesThatAreNotUTF8() {
        let bytes: [UInt8] = [0x22, 0xC3, 0x28, 0x22]
        #expect(throws: JSONError.self) { try bytes.withUnsafeBufferPointer { try JSONParser.parse($0) } }
    }

    @Test func namesTheFieldOfAnError() {
        let error = #expect(throws: JSONError.self) {
            try JSONParser.parse(#"{"properties":{"items":[1,{"price":1e400}]}}"#)
        }
        #expect(error?.field == "properties.items[1].price")
        #expect(error?.problem == "the number 1e400 is too large for a double")
    }

    @Test func stopsAtTheDepthLimit() throws {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        _ = try JSONParser.parse(deep(64))
        #expect(throws: JSONError.self) { try JSONParser.parse(deep(65)) }
        #expect(throws: JSONError.self) { try JSONParser.parse(String(repeating: "[", count: 1_000_000)) }
    }

    @Test func readsCommentsOnlyWhenAsked() throws {
        var options = JSONParser.Options()
        options.allowsComments = true
        let text = "// first\n{\"url\": \"http://x\" // why\n}\n// end"
        #expect(try JSONParser.parse(text, options: options) == ["url": "http://x"])
        #expect(throws: JSONError.self) { try JSONParser.parse(text) }
    }

    @Test func findsADoubleKeyInALargeObject() throws {
        let members = (0..<5_000).map { "\"k\($0)\":\($0)" } + ["\"k7\":\"again\""]
        let value = try JSONParser.parse("{" + members.joined(separator: ",") + "}")
        #expect(value.objectValue?.count == 5_000)
        #expect(value.objectValue?["k7"] == "again")
    }

    @Test func tellsWhereAFieldBegins() throws {
        let text = Array("{\"a\":1,\n \"list\":[{\"type\":2}]}".utf8)
        let parsed = try text.withUnsafeBufferPointer { try JSONParser.parseWithPositions($0) }
        #expect(parsed.positions == ["a": 1, "list": 9, "list[0].type": 18])
    }

    @Test func comparesNumbersByValue() {
        #expect(JSON.int(5) == JSON.double(5))
        #expect(JSON.int(5) != JSON.double(5.5))
        #expect(JSON.number("1.10000000000000000000001") == JSON.number("11.0000000000000000000001e-1"))
        #expect(JSON.object(["a": 1, "b": 2]) == JSON.object(["b": 2, "a": 1]))
        #expect(JSON.bool(true) != JSON.int(1))
    }
}

@Suite struct JSONObjectTests {
    @Test func keepsThePlaceOfAKeyThatIsSetAgain() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = nil
        #expect(object.text == #"{"a":3,"b":2}"#)
        object["a"] = nil
        #expect(object.text == #"{"b":2}"#)
    }

    @Test func changesAnObjectInPlaceAndReplacesWhatIsNone() {
        var object: JSONObject = ["a": ["x": 1], "b": true]
        object.update("a") { $0["y"] = 2 }
        object.update("b") { $0["z"] = 3 }
        object.update("c") { $0["w"] = 4 }
        #expect(object.text == #"{"a":{"x":1,"y":2},"b":{"z":3},"c":{"w":4}}"#)
    }

    @Test func writesNumbersThatAreNotFiniteAsNull() {
        #expect(JSON.array([.double(.nan), .double(.infinity), .double(-.infinity)]).text == "[null,null,null]")
    }

    /// Two of each pair are one text to Swift's `==`.
    @Test(arguments: [0, 30]) func keepsKeysThatDifferOnlyInTheirSpelling(_ others: Int) throws {
        let keys = [
            "\u{E9}", "e\u{301}", "K", "\u{212A}", "a\u{301}\u{323}", "a\u{323}\u{301}", "\u{2126}", "\u{3A9}",
        ]
        let all = (0..<others).map { "other\($0)" } + keys
        let text = "{" + all.enumerated().map { "\"\($0.element)\":\($0.offset)" }.joined(separator: ",") + "}"
        var object = try #require(try JSONParser.parse(text).objectValue)
        #expect(JSON.object(object).text == text)
        #expect(object == JSONObject(all.enumerated().map { ($0.element, .int(Int64($0.offset))) }))
        for (place, key) in all.enumerated() { #expect(object[key] == .int(Int64(place))) }
        object["e\u{301}"] = nil
        #expect(object.count == all.count - 1 && object["\u{E9}"] == .int(Int64(others)))
        #expect(JSON.string("\u{E9}") != .string("e\u{301}"))
    }

    @Test func findsSpecialBytesAtEveryPlaceOfATextOfEveryLength() throws {
        for length in 0..<35 {
            let plain = String(repeating: "a", count: length)
            #expect(try JSONParser.parse("\"\(plain)\"") == .string(plain))
            #expect(JSON.string(plain).text == "\"\(plain)\"")
            for place in 0..<length {
                for special in ["\"", "\\", "\n", "\u{1F}", "é", "\u{7F}", "€", "\u{1F600}"] {
                    let text = String(plain.prefix(place)) + special + String(plain.dropFirst(place + 1))
                    #expect(try JSONParser.parse(JSON.string(text).text) == .string(text))
                }
                var bytes = Array("\"\(plain)\"".utf8)
                for refused: UInt8 in [0x00, 0x1F, 0x0A, 0x80, 0xC3, 0xFF] {
                    bytes[place + 1] = refused
                    #expect(throws: JSONError.self) {
                        try bytes.withUnsafeBufferPointer { try JSONParser.parse($0) }
                    }
                }
            }
        }
    }
}
