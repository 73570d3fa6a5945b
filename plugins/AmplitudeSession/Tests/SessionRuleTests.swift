// SPDX-License-Identifier: MIT
import AmplitudeSession
import FootfallTesting
import Testing

@Suite struct SessionRuleTests {
    @Test(arguments: [SessionConfiguration.web, .kiosk])
    func keepsTheRulesOfPlugins(_ configuration: SessionConfiguration) {
        #expect(PluginConformance.findings { AmplitudeSession(configuration: configuration) } == [])
    }
}
