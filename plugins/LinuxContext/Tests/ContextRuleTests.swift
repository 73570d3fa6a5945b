// SPDX-License-Identifier: MIT
import FootfallTesting
import LinuxContext
import Testing

@Suite struct ContextRuleTests {
    @Test func keepsTheRulesOfPlugins() { #expect(PluginConformance.findings { LinuxContext() } == []) }
}
