// SPDX-License-Identifier: MIT
import Testing

@testable import FootfallJSON

@Suite struct JSONEncodingTests {
    private struct Order: Encodable {
        var sku = "A-7"
        var count = 2
        var total = 59.9
        var isGift = true
        var note: String?
        var lines = [Line(), Line(price: 0.1)]
        var labels = ["b": 1, "a": 2, "é": 3]
        var kind = Kind.express
        enum Kind: String, Encodable { case express }
    }

    private struct Line: Encodable { var price: Float = 1.5 }

    @Test func keepsTheOrderOfTheMembers() throws {
        let text = try JSON(encoding: Order()).text
        #expect(
            text == #"{"sku":"A-7","count":2,"total":59.9,"isGift":true,"lines":[{"price":1.5},{"price":0.1}],"#
                + #""labels":{"a":2,"b":1,"é":3},"kind":"express"}"#)
    }

    @Test func takesEachKindOfNumber() throws {
        #expect(try JSON(encoding: [Int.min, .max]).text == "[-9223372036854775808,9223372036854775807]")
        #expect(try JSON(encoding: [UInt64.max]).text == "[18446744073709551615]")
        #expect(try JSON(encoding: [UInt8.max]).text == "[255]")
        #expect(try JSON(encoding: [Float(0.1), -0.0, .infinity, .nan]).text == "[0.1,-0.0,null,null]")
        #expect(try JSON(encoding: [1e300, 5]).text == JSON.array([.double(1e300), .double(5)]).text)
        #expect(try JSON(encoding: [true, false]).text == "[true,false]")
        #expect(try JSON(encoding: [Int?.none, 1]).text == "[null,1]")
        #expect(try JSON(encoding: "text").text == #""text""#)
        #expect(try JSON(encoding: Int?.none).text == "null")
    }

    /// Encodes by hand what synthesized code never does.
    private struct Manual: Encodable {
        enum Key: String, CodingKey { case a, b, c, d, e }
        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encodeNil(forKey: .a)
            var nested = object.nestedContainer(keyedBy: Key.self, forKey: .b)
            var list = object.nestedUnkeyedContainer(forKey: .c)
            try list.encode(1)
            try list.encodeNil()
            var inner = list.nestedContainer(keyedBy: Key.self)
            try inner.encode("x", forKey: .e)
            var deep = list.nestedUnkeyedContainer()
            try deep.encode(list.count)
            try nested.encode(2, forKey: .d)
            try object.encode(1, forKey: .e)
            try object.encode(2, forKey: .e)
            try 7.encode(to: object.superEncoder())
            var again = encoder.container(keyedBy: Key.self)
            try again.encode(3, forKey: .d)
        }
    }

    @Test func followsContainersThatAreFilledByHand() throws {
        #expect(
            try JSON(encoding: Manual()).text
                == #"{"a":null,"b":{"d":2},"c":[1,null,{"e":"x"},[4]],"e":2,"super":7,"d":3}"#)
    }

    private struct Nothing: Encodable { func encode(to encoder: any Encoder) {} }
    private struct Money: Encodable, JSONConvertible { var json: JSON { "12.50 EUR" } }

    @Test func aValueMayHaveItsOwnForm() throws {
        #expect(try JSON(encoding: ["price": Money()]).text == #"{"price":"12.50 EUR"}"#)
        #expect(try JSON(encoding: Nothing()).text == "{}")
        #expect(try JSON(encoding: [Nothing()]).text == "[{}]")
    }

    private final class Ring: Encodable {
        let next: Ring? = nil
        enum Key: CodingKey { case next }
        func encode(to encoder: any Encoder) throws {
            var object = encoder.container(keyedBy: Key.self)
            try object.encode(self, forKey: .next)
        }
    }

    private struct Itself: Encodable {
        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            try value.encode(self)
        }
    }

    @Test func aValueThatContainsItselfIsAnError() {
        #expect(throws: EncodingError.self) { try JSON(encoding: Ring()) }
        #expect(throws: EncodingError.self) { try JSON(encoding: Itself()) }
    }

    private struct Failing: Encodable {
        struct Reason: Error {}
        func encode(to encoder: any Encoder) throws { throw Reason() }
    }

    @Test func membersComeFromAnObjectOnly() throws {
        #expect(try JSONObject(encoding: ["a": 1]) == ["a": 1])
        #expect(throws: EncodingError.self) { try JSONObject(encoding: [1, 2]) }
        #expect(throws: EncodingError.self) { try JSONObject(encoding: "text") }
        #expect(throws: Failing.Reason.self) { try JSONObject(encoding: ["x": Failing()]) }
    }
}
