// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@Suite struct TextSearchTests {
    @Test func findsEachPlaceOnce() {
        let text = "grün, grün; aaa"
        #expect(text.occurrences(of: "grün").map { String(text[..<$0.lowerBound]) } == ["", "grün, "])
        #expect(text.occurrences(of: "aa").count == 1)
        #expect(text.occurrences(of: "aaaa").isEmpty && text.occurrences(of: "").isEmpty)
        #expect("".occurrences(of: "a").isEmpty)
        #expect("a: b".dropFirst(1).occurrences(of: ": ").count == 1)
    }

    @Test func saysWhetherATextOccurs() {
        #expect("no file; name one".has("; ") && !"no file, name one".has("; "))
    }
}
