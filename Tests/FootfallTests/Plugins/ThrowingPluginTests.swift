// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

private struct Fault: Error, CustomStringConvertible {
    var description: String { "no weather" }
}

/// Changes each event, and then throws at one of a name.
private final class Faulty: ThrowingPlugin {
    let type: PluginType
    private let faultyName: String

    init(_ type: PluginType, throwsAt name: String) {
        self.type = type
        faultyName = name
    }

    func attempt(_ event: inout Event) throws -> Verdict {
        event.properties["weather"] = "rain"
        if event.event == faultyName { throw Fault() }
        return event.event == "Dropped" ? .drop : .keep
    }
}

@Suite struct ThrowingPluginTests {
    let directory = TemporaryDirectory()

    @Test(arguments: [PluginType.before, .enrichment]) func anEventAtWhichItThrowsGoesOnAsItWas(_ type: PluginType) {
        let errors = ErrorLog()
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: errors),
            plugins: [Faulty(type, throwsAt: "B"), RecordingDestination(delivery)])
        for name in ["A", "B", "Dropped"] { analytics.track(name: name, properties: ["x": 1]) }
        #expect(analytics.flush(timeout: .seconds(5)).isDelivered)
        #expect(delivery.names == ["A", "B"])
        #expect(delivery.bodies[0]["properties"] == ["x": 1, "weather": "rain"])
        #expect(delivery.bodies[1]["properties"] == ["x": 1])
        #expect(errors.errors == [FootfallError(.pluginFailed, "Faulty failed: no weather")])
        #expect(analytics.counters.pluginErrors == 1)
        #expect(analytics.counters.dropped == [.plugin: 1])
        #expect(analytics.close())
    }

    @Test func mayBeInsideADestination() {
        let errors = ErrorLog()
        let delivery = RecordingDelivery()
        let destination = RecordingDestination(delivery)
        destination.add(plugin: Faulty(.enrichment, throwsAt: "B"))
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: errors), plugins: [destination])
        analytics.track(name: "B", properties: ["x": 1])
        #expect(analytics.flush(timeout: .seconds(5)).isDelivered)
        #expect(delivery.bodies[0]["properties"] == ["x": 1])
        #expect(errors.codes == [.pluginFailed])
        #expect(analytics.close())
    }
}
