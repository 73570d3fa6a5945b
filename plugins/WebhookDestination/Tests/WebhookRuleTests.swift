// SPDX-License-Identifier: MIT
import Footfall
import FootfallTesting
import Testing
import WebhookDestination

@Suite struct WebhookRuleTests {
    @Test(arguments: [WebhookDestination.Format.array, .ndjson])
    func keepsTheRulesOfDestinations(_ format: WebhookDestination.Format) {
        let findings = DestinationConformance.findings {
            WebhookDestination(endpoint: "https://example.com/events", format: format)
        }
        #expect(findings == [])
    }
}
