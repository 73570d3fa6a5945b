// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct BasicAuthorizationTests {
    /// The examples of RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("KEY:", "S0VZOg=="),
    ])
    func writesTheExamplesOfTheSpecification(text: String, expected: String) {
        #expect(DeliveryRequest.base64(Array(text.utf8)) == expected)
    }

    @Test func writesTheExampleOfTheHeader() {
        // RFC 7617, section 2.
        #expect(
            DeliveryRequest.basicAuthorization(user: "Aladdin", password: "open sesame")
                == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }

    @Test func usesTheWholeAlphabet() {
        #expect(DeliveryRequest.base64([0xFB, 0xEF, 0xFF]) == "++//")
    }
}
