// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@Suite struct Base64Tests {
    /// The examples of RFC 4648, section 10, and a write key.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("KEY:", "S0VZOg=="),
    ])
    func writesAndReadsTheExamplesOfTheSpecification(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test func usesTheWholeAlphabet() {
        let bytes = Array(UInt8.min...UInt8.max)
        #expect(Base64.encode([0xFB, 0xEF, 0xFF]) == "++//")
        #expect(Base64.decode(Base64.encode(bytes)) == bytes)
    }

    @Test(arguments: ["Zg-_", "Z g=", "é"])
    func refusesOtherCharacters(text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
