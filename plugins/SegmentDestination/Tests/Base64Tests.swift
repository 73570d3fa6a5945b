// SPDX-License-Identifier: MIT
import Testing

@testable import SegmentDestination

@Suite struct Base64Tests {
    /// The examples of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("KEY:", "S0VZOg=="),
    ])
    func writesTheExamplesOfTheSpecification(text: String, expected: String) {
        #expect(base64(Array(text.utf8)) == expected)
    }

    @Test func usesTheWholeAlphabet() {
        #expect(base64([0xFB, 0xEF, 0xFF]) == "++//")
    }
}
