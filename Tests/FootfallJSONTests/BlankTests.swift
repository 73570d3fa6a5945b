// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@Suite struct BlankTests {
    @Test(arguments: [
        "", " ", "\t\n\r", "\u{0B}\u{0C}", "\u{85}", "\u{A0}", "\u{1680}", "\u{2003}\u{2028}\u{202F}", "\u{3000}",
        "\u{FEFF}", " \u{FEFF} ",
    ])
    func countsWhiteSpaceAsBlank(_ text: String) {
        #expect(text.isBlank)
        #expect(text.trimmed.isEmpty)
    }

    @Test(arguments: ["a", " a", "0", "-", "\u{7F}", "\u{0}", "\u{200B}", "\u{A0}x", "é", "\u{3000}東", "🙂"])
    func countsNothingElseAsBlank(_ text: String) { #expect(!text.isBlank) }

    @Test func trimsBothEndsAndLeavesTheMiddle() {
        #expect("\u{FEFF} a b\r\n".trimmed == "a b")
        #expect("abc".trimmed == "abc")
    }

    @Test func removesABlankText() {
        var texts: [String?] = [nil, "", " ", "a"]
        for index in texts.indices { texts[index].removeBlank() }
        #expect(texts == [nil, nil, nil, "a"])
    }
}
