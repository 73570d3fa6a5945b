// SPDX-License-Identifier: MIT
import FootfallStore
import Testing

@testable import Footfall

@Suite struct HTTPDateTests {
    @Test func readsTheDateOfAnAnswer() {
        #expect(Timestamp(httpDate: "Tue, 24 Nov 2026 17:29:54 GMT")?.description == "2026-11-24T17:29:54.000Z")
        #expect(Timestamp(httpDate: "Sun, 06 Nov 1994 08:49:37 GMT")?.milliseconds == 784_111_777_000)
    }

    @Test(arguments: [
        "", "Tue", "Tue, 24 Nov 2026 17:29:54", "Tue, 24 Nov 2026 17:29:54 CET", "Tue, 4 Nov 2026 17:29:54 GMT",
        "Tue, 24 Foo 2026 17:29:54 GMT", "Tue, 32 Nov 2026 17:29:54 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Tue, 24 Nov 2026 25:29:54 GMT",
    ]) func refusesTextThatIsNoHTTPDate(_ text: String) { #expect(Timestamp(httpDate: text) == nil) }

    @Test func addsTheTimeThatACacheKeptIt() {
        let headers = [("date", "Tue, 24 Nov 2026 17:29:54 GMT"), ("age", "60")]
        #expect(DeliveryResponse(status: 200, headers: headers).date?.description == "2026-11-24T17:30:54.000Z")
        #expect(DeliveryResponse(status: 200).date == nil)
    }
}
