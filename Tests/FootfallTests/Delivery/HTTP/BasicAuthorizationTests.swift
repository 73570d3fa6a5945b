// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct BasicAuthorizationTests {
    @Test func writesTheExampleOfTheHeader() {
        // RFC 7617, section 2.
        #expect(
            DeliveryRequest.basicAuthorization(user: "Aladdin", password: "open sesame")
                == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    }
}
