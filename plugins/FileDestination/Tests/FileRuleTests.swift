// SPDX-License-Identifier: MIT
import FileDestination
import Footfall
import FootfallTesting
import TestSupport
import Testing

@Suite struct FileRuleTests {
    @Test func keepsTheRulesOfDestinations() throws {
        let directory = TemporaryDirectory()
        let path = directory("events.ndjson")
        #expect(DestinationConformance.findings { FileDestination(path: path) } == [])
        #expect(try FileText(path).contains("ConformanceLN39Z"), "it delivered the sample events")
    }
}
