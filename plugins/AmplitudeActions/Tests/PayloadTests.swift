// SPDX-License-Identifier: MIT
import Footfall
import Testing

@testable import AmplitudeActions

@Suite struct DateTextTests {
    @Test(arguments: [
        ("2021-08-17T15:21:15.449Z", 1_629_213_675_449), ("2021-08-17 15:21:15.4Z", 1_629_213_675_400),
        ("2021-08-17T15:21:15.449987+02:00", 1_629_206_475_449), ("2021-08-17T15:21-0530", 1_629_233_460_000),
        ("2021-08-17T24:00:00Z", 1_629_244_800_000), ("2021-02-31T00:00:00Z", 1_614_729_600_000),
        ("2021-02-31", 1_614_729_600_000), ("2021", 1_609_459_200_000), ("2021-13", 1_640_995_200_000),
        ("2021-00-10", 1_607_558_400_000), ("20210817T1521", 1_629_213_660_000),
        ("2021/08/17  15:21:15:7", 1_629_213_675_007), ("0050-01-01", -631_152_000_000),
        ("1969-12-31T23:59:59.999Z", -1),
    ]) func readsDates(_ text: String, _ moment: Int64) {
        #expect(DateText.milliseconds(text) == moment)
    }

    @Test(arguments: [
        "", "x", "2021-08-17T25:00:00Z", "2021-13-01T00:00:00Z", "2021-08-17T15:21:60Z", "2021-08-17T15:21:15.Z",
        "2021-08-17x", "202", "2021-08-17T15:21:15+25:00", "2021:1:2:3:4:5",
    ]) func refusesTextThatIsNoDate(_ text: String) {
        #expect(DateText.milliseconds(text) == nil)
    }

    @Test func takesSecondsForADateWhereOneIsWanted() {
        #expect(DateText.isDateLike("1629213675449"))
        #expect(DateText.isDateLike("-5"))
        #expect(!DateText.isDateLike("99999999999999"))
        #expect(!DateText.isDateLike("007x"))
    }

    @Test func holdsNumbersToJavaScriptsRange() {
        #expect(DateText.milliseconds(8.64e15) == 8_640_000_000_000_000)
        #expect(DateText.milliseconds(-1.9) == -1)
        #expect(DateText.milliseconds(1e300) == nil)
        #expect(DateText.milliseconds(.nan) == nil)
    }
}

@Suite struct CoercionTests {
    private func coerced(_ value: JSON, _ types: FieldType...) -> JSON? {
        if case .value(let result) = Coercion.coerce(value, to: types) { return result }
        return nil
    }

    @Test func takesAnElementOfAUnionOnlyWhenItIsChanged() {
        #expect(coerced(["u"], .text, .null) == nil)
        #expect(coerced([5], .text, .null) == "5")
        #expect(coerced(["u"], .text) == "u")
        #expect(coerced([["u"]], .text) == nil)
    }

    @Test func makesNumbersOfTexts() {
        #expect(coerced(" 0x10 ", .number) == 16)
        #expect(coerced(" ", .number) == 0)
        #expect(coerced("", .number) == nil)
        #expect(coerced("17.0", .integer) == 17)
        #expect(coerced("17.5", .integer) == nil)
        #expect(coerced(true, .integer) == 1)
        #expect(coerced(17.5, .integer) == nil)
    }

    @Test func neverMakesAnObject() {
        #expect(coerced([[:]], .object) == nil)
        #expect(coerced("x", .object) == nil)
    }

    @Test func makesFlagsOfTheirTextsAndNumbersOnly() {
        #expect(coerced("true", .flag) == true)
        #expect(coerced(0, .flag) == false)
        #expect(coerced(2, .flag) == nil)
        #expect(coerced("yes", .flag) == nil)
    }
}

@Suite struct HostileEventTests {
    @Test(
        arguments: [
            ["type": "track", "event": ["x": 1]], ["type": "track", "event": "E", "properties": 5, "traits": [1]],
            ["type": "track", "event": "E", "context": "text", "integrations": 7],
            ["type": "track", "event": "E", "timestamp": 1e300, "userId": 1e300],
            [
                "type": "track", "event": "Order Completed",
                "properties": [
                    "price": 1e308, "quantity": 9_223_372_036_854_775_807, "products": [[[[]]], 5, ["price": []]],
                ],
            ],
            ["type": "identify", "traits": ["$set": 5, "$add": "x"], "context": ["campaign": ["source": [1]]]],
            ["type": 5], [:],
        ] as [JSONObject]) func neverStopTheHost(_ event: JSONObject)
    {
        for compatibility in [AmplitudeCompatibility.footfall, .segment] {
            let mapped = Mapped(event, Preset.standard.map(AmplitudeMapping.init), compatibility: compatibility)
            let settings = AmplitudeSettings(apiKey: "key", compatibility: compatibility)
            for call in mapped.calls { #expect(!settings.request(for: call).body.isEmpty) }
        }
    }
}
