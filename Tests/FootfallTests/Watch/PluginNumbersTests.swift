// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

private struct Fault: Error {}

/// Takes 5 ms for each event, drops those called `Drop` and throws at those called `Throw`.
private final class Busy: ThrowingPlugin {
    let type = PluginType.enrichment
    let name: String
    let version: String?
    private let clock: TestClock

    init(_ name: String, version: String? = "1.0", _ clock: TestClock) {
        self.name = name
        self.version = version
        self.clock = clock
    }

    func attempt(_ event: inout Event) throws -> Verdict {
        clock.advance(.milliseconds(5))
        if event.event == "Throw" { throw Fault() }
        return event.event == "Drop" ? .drop : .keep
    }
}

@Suite struct PluginNumbersTests {
    let directory = TemporaryDirectory()
    private let clock = TestClock()

    private var configuration: Configuration {
        Configuration.test(directory, clock).application(id: "com.example.Kiosk")
    }

    private func rows() throws -> [String] {
        try StoreStatus(configuration).plugins.map {
            "\($0.source) \($0.name) \($0.version ?? "-") \($0.events) \($0.dropped) \($0.errors) \($0.timed)"
        }
    }

    private func run(_ plugins: sending [any Plugin], _ names: [String]) {
        let analytics = Analytics(configuration: configuration, plugins: plugins)
        for name in names { analytics.track(name: name) }
        #expect(analytics.close())
    }

    @Test func countsEventsDropsErrorsAndTheTimeOfOneCallIn64() throws {
        let names = Array(repeating: "A", count: 127) + ["Drop", "Throw", "A"]
        run([Busy("First", clock), Busy("Second", version: nil, clock)], names)
        #expect(
            try rows() == [
                "app:com.example.Kiosk First 1.0 130 1 1 3", "app:com.example.Kiosk Second - 129 0 1 3",
            ])
        let first = try #require(try StoreStatus(configuration).plugins.first)
        #expect(first.mean ?? 0 >= 5_000_000 && first.longest ?? 0 >= first.mean ?? 0)

        // The next process adds to it.
        run([Busy("First", clock)], ["A", "Drop"])
        #expect(try rows()[0] == "app:com.example.Kiosk First 1.0 132 2 1 4")
    }

    @Test func namesThePluginsInsideADestinationBehindIt() throws {
        let destination = RecordingDestination()
        destination.add(plugin: Busy("Inner", clock))
        run([destination], ["A", "Drop", "A"])
        #expect(
            try rows() == [
                "app:com.example.Kiosk \(destination.name) - 2 0 0 0",
                "app:com.example.Kiosk \(destination.name)/Inner 1.0 3 1 0 1",
            ])
    }

    @Test func storesThemWhileTheProcessRuns() throws {
        let analytics = Analytics(configuration: configuration, plugins: [Busy("First", clock)])
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(try rows().isEmpty)
        clock.advance(.seconds(3))
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(try rows() == ["app:com.example.Kiosk First 1.0 2 0 0 1"])
        #expect(analytics.close())
    }

    @Test func aPluginWhoseVerdictHasNoEffectDropsNothing() throws {
        let seen = Guarded<[String]>([])
        final class After: Plugin {
            let type = PluginType.after
            let name: String
            private let seen: Guarded<[String]>
            init(_ name: String, _ seen: Guarded<[String]>) { (self.name, self.seen) = (name, seen) }
            func execute(_ event: inout Event) -> Verdict {
                seen.read { $0.append("\(name) \(event.event ?? "")") }
                event.event = "Changed"
                return .drop
            }
        }
        run([After("X", seen), After("Y", seen)], ["A"])
        #expect(seen.current == ["X A", "Y A"])
        #expect(
            try rows() == ["app:com.example.Kiosk X - 1 0 0 1", "app:com.example.Kiosk Y - 1 0 0 1"])
    }
}
