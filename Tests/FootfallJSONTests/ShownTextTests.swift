// SPDX-License-Identifier: MIT
import FootfallJSON
import TestSupport
import Testing

@Suite struct ShownTextTests {
    @Test func writesWhatSteersAsItsNumber() {
        #expect(ShownText.line("a\u{1B}[31mb") == "a\\u{1B}[31mb")
        #expect(ShownText.line("1\n2\r3\t4\u{0}5") == "1\\n2\\r3\\t4\\u{0}5")
        #expect(ShownText.line("\u{7F}\u{9B}2J\u{85}") == "\\u{7F}\\u{9B}2J\\u{85}")
        #expect(
            ShownText.line("a\u{202E}b\u{2066}c\u{200B}d\u{FEFF}e\u{2028}f")
                == "a\\u{202E}b\\u{2066}c\\u{200B}d\\u{FEFF}e\\u{2028}f")
        #expect(ShownText.line("\u{E0041}") == "\\u{E0041}")
    }

    @Test func leavesLettersOfAllLanguages() {
        for text in ["plain", "Ångström", "日本語", "שלום", "मराठी", "🙂", "a b-c_d/e", "\\u{1B}", "a@b.c", "x: y@z"] {
            #expect(ShownText.line(text) == text)
            #expect(ShownText.json(text) == text)
        }
    }

    /// Random texts of what steers, of what encloses it, and of secrets.
    @Test func showsNothingThatSteersAndKeepsTheMeaningOfJSON() throws {
        var random = SplitMix64()
        let seed = random.seed
        for _ in 0..<2_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<20, using: &random) {
                let scalars: [ClosedRange<UInt32>] = [
                    0...0x1F, 0x20...0xA0, 0xA0...0x6FF, 0x2000...0x206F, 0xFE00...0xFEFF, 0x1F600...0x1F64F,
                    0xE0000...0xE007F,
                ]
                let range = scalars[Int.random(in: 0..<scalars.count, using: &random)]
                if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) {
                    text.unicodeScalars.append(scalar)
                }
            }
            let line = ShownText.line(text)
            #expect(!line.unicodeScalars.contains(where: ShownText.isSteering), "seed \(seed): \(line)")
            let object: JSONObject = [text: .array([.string(text)])]
            let printed = ShownText.json(object.text)
            #expect(!printed.unicodeScalars.contains(where: ShownText.isSteering), "seed \(seed): \(printed)")
            let read = try #require(try JSONParser.parse(printed).objectValue?.members.first)
            #expect(Array(read.key.utf8) == Array(text.utf8), "seed \(seed)")
        }
    }

    @Test(arguments: [
        ("https://user:secret@host/x", "https://***@host/x"),
        ("the proxy 'http://u:p@h:1' is wrong", "the proxy 'http://***@h:1' is wrong"),
        ("http://token@host", "http://***@host"),
        ("http://u:a@b@host/@x", "http://***@host/@x"),
        ("http://u:se/cret@host:80/", "http://***@host:80/"),
        ("two: http://a:b@c http://d:e@f", "two: http://***@c http://***@f"),
        ("https://host:8080/@user", "https://host:8080/@user"),
        ("http://[::1]:80/@x", "http://[::1]:80/@x"),
        (#"{"url":"https://x/y","email":"a:b@c.d"}"#, #"{"url":"https://x/y","email":"a:b@c.d"}"#),
        ("mail a@b.c", "mail a@b.c"),
    ]) func hidesThePasswordOfAnAddress(_ text: String, _ shown: String) {
        #expect(ShownText.withoutPasswords(text) == shown)
        #expect(ShownText.line(text) == shown)
    }

    @Test func hidesSecretsThatAreKnown() {
        #expect(ShownText.masking(["secret-1", "secret-12"], in: "a secret-12, a secret-1!") == "a ***, a ***!")
        #expect(ShownText.masking(["short"], in: "a short one") == "a short one")
        #expect(ShownText.masking([], in: "x") == "x")
    }
}
