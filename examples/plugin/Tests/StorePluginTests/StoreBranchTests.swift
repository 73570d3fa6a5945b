// SPDX-License-Identifier: MIT
import FootfallTesting
import StorePlugin
import Testing

@Test func addsTheBranchToEachEvent() {
    let client = ScratchClient(plugins: [StoreBranch("Brixton")])
    client.analytics.track(name: "Order Completed")
    let context = client.delivered().first?["context"]?.objectValue
    #expect(context?["store"] == ["branch": "Brixton"])
}

@Test func keepsTheRulesOfPlugins() {
    #expect(PluginConformance.findings { StoreBranch("Brixton") } == [])
}
