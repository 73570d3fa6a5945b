// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

@Suite struct IntegrationTests {
    let directory = TemporaryDirectory()
    private let one = RecordingDelivery()
    private let two = RecordingDelivery()

    private func client() -> Analytics {
        Analytics(
            configuration: .test(directory),
            plugins: [
                RecordingDestination(name: "one", key: "One", one), RecordingDestination(name: "two", key: "Two", two),
            ])
    }

    @Test func aDisabledDestinationGetsNoNewEventsAndKeepsThoseThatWait() {
        let analytics = client()
        analytics.track(name: "Before")
        analytics.disableIntegration("Two")
        analytics.track(name: "Disabled")
        // What an event asks for does not come before it.
        analytics.track(name: "Asked", options: CallOptions(integrations: ["Two": true]))
        analytics.disableIntegration("Unknown")
        analytics.enableIntegration("Two")
        analytics.track(name: "After")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(one.names == ["Before", "Disabled", "Asked", "After"])
        #expect(two.names == ["Before", "After"])
        #expect(analytics.close())
        analytics.disableIntegration("One")
    }

    @Test func holdsForADestinationThatIsAddedLater() {
        let analytics = Analytics(configuration: .test(directory))
        analytics.disableIntegration("One")
        analytics.add(plugin: RecordingDestination(name: "one", key: "One", one))
        analytics.add(plugin: RecordingDestination(name: "two", key: "Two", two))
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(one.names.isEmpty && two.names == ["A"])
        #expect(analytics.close())
    }

    @Test func anEventThatNoOtherTakesIsDropped() {
        let analytics = client()
        analytics.disableIntegration("One")
        analytics.disableIntegration("Two")
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(analytics.counters.dropped == [.unrouted: 1])
        #expect(analytics.close())
    }
}
