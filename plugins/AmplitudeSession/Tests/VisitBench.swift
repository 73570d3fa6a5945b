// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport

/// What a suite of visits on a real store needs. The limit is a minute, as on a kiosk.
protocol VisitBench: SessionBench {}

extension VisitBench {
    func open(
        _ clock: TestClock? = nil, configuration: SessionConfiguration = .kiosk,
        onVisitEnd: (@Sendable (VisitEnd) -> Void)? = nil
    ) -> Analytics {
        let analytics = Analytics(configuration: .test(directory, clock ?? time))
        analytics.add(plugin: AmplitudeSession(configuration: configuration, onVisitEnd: onVisitEnd))
        return analytics
    }

    /// An hour later, in another boot: its timers sleep in real time.
    var later: TestClock { TestClock(wall: begin + 3_600_000, bootID: "two") }

    func counter(_ name: String) throws -> Int64 { try inspect(directory) { try $0.counters.value(name) } }

    func properties(_ name: String) throws -> JSONObject? {
        try bodies().first { $0["event"]?.stringValue == name }?["properties"]?.objectValue
    }
}
