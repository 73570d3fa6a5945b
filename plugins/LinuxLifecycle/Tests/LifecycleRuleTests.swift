// SPDX-License-Identifier: MIT
import Footfall
import FootfallTesting
import LinuxLifecycle
import Testing

@Suite struct LifecycleRuleTests {
    @Test func keepsTheRulesOfPlugins() {
        let findings = PluginConformance.findings(
            configuration: {
                $0.application(id: "com.example.Kiosk", version: "2.1.0").trackApplicationLifecycleEvents(true)
            }, { LinuxLifecycle(observesLogind: false) })
        #expect(findings == [])
    }
}
