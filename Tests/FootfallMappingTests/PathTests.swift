// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping
import Testing

@Suite struct PathTests {
    private let event: JSON = [
        "list": [["p": 1], ["p": 2]], "text": "añb", "zero": 0, "hy-phen": ["x": true], "k[y]": 3,
    ]

    @Test(
        arguments: [
            ("list[1].p", 2), ("list.0.p", 1), ("list.length", 2), ("['hy-phen'].x", true), ("text[1]", "ñ"),
            ("text.length", 3), ("zero.any.thing", 0), ("k[y]", 3),
        ] as [(String, JSON)]) func findsTheValueAtAPath(_ path: String, _ expected: JSON)
    {
        #expect(Path(path).value(in: event) == expected)
    }

    @Test(arguments: ["list[2]", "list[01]", "list[-1]", "text[3]", "nope.x", "$"]) func findsNoValueWhereThereIsNone(
        _ path: String
    ) {
        #expect(Path(path).value(in: event) == Optional<JSON>.none)
    }

    @Test func endsAfterAHundredKeys() {
        let path = Path("text" + String(repeating: ".0", count: 1_000_000))
        #expect(path.value(in: event) == "a")
    }

    @Test func anEmptyPathIsTheWholeValue() {
        #expect(Path("").value(in: 5) == 5)
        #expect(Path(".").value(in: 5) == 5)
    }
}

@Suite struct JavaScriptNumberTests {
    @Test(arguments: [
        (0.1, "0.1"), (1e21, "1e+21"), (1.5e300, "1.5e+300"), (1e20, "100000000000000000000"), (1e-6, "0.000001"),
        (1.25e-7, "1.25e-7"), (-0.5, "-0.5"), (123456.789, "123456.789"), (1_629_213_675_449, "1629213675449"),
        (0, "0"), (1.7976931348623157e308, "1.7976931348623157e+308"),
    ]) func writesNumbersAsJavaScriptDoes(_ number: Double, _ text: String) {
        #expect(JavaScriptNumber.text(number) == text)
    }

    @Test(arguments: [
        (" 7 ", 7), ("1e3", 1000), ("0x1F", 31), ("0b11", 3), ("", 0), (".5", 0.5), ("5.", 5), ("-2", -2),
        ("Infinity", .infinity), ("1e999", .infinity),
    ]) func readsNumbersAsJavaScriptDoes(_ text: String, _ number: Double) {
        #expect(JavaScriptNumber.number(text) == number)
    }

    @Test(arguments: ["x", "1_000", "0x", "-0x1", "1e", ".", "1 2", "nan", "inf"]) func refusesTextThatIsNoNumber(
        _ text: String
    ) {
        #expect(JavaScriptNumber.number(text) == nil)
    }
}
