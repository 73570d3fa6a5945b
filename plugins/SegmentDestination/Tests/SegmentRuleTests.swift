// SPDX-License-Identifier: MIT
import Footfall
import FootfallTesting
import SegmentDestination
import Testing

@Suite struct SegmentRuleTests {
    @Test func keepsTheRulesOfDestinations() {
        // Segment takes 500 KB in a request.
        let findings = DestinationConformance.findings(
            accepting: DeliveryResponse(status: 200, body: Array(#"{"success":true}"#.utf8)), maximumBody: 500_000
        ) { SegmentDestination() }
        #expect(findings == [])
    }
}
