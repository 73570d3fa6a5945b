// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall
import FootfallTesting
import Testing

@Suite struct AmplitudeRuleTests {
    @Test func keepsTheRulesOfDestinations() {
        // Amplitude takes 1 MB in a request.
        let findings = DestinationConformance.findings(
            accepting: DeliveryResponse(status: 200, body: Array(#"{"code":200}"#.utf8)), maximumBody: 1_000_000
        ) { AmplitudeActions(apiKey: "0123456789abcdef0123456789abcdef") }
        #expect(findings == [])
    }
}
