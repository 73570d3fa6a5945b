// SPDX-License-Identifier: MIT
import Footfall
import TestSupport
import Testing

/// What a flush reports as delivered.
@Suite struct FlushBeginTests {
    let directory = TemporaryDirectory()

    /// Sees the events that are stored, and returns once they are delivered: the flush that had
    /// them stored learns that only then.
    private final class UntilDelivered: Plugin {
        let type = PluginType.after
        weak var analytics: Analytics?

        func configure(analytics: Analytics) { self.analytics = analytics }

        func execute(_ event: inout Event) -> Verdict {
            // They need not share a transaction.
            _ = poll { analytics.map { $0.counters.delivered >= $0.counters.stored } ?? true }
            return .keep
        }
    }

    @Test(arguments: [false, true]) func countsWhatIsDeliveredWhileItsCallsAreStored(isSecond: Bool) {
        let analytics = Analytics(
            configuration: Configuration.test(directory).flushAt(1), plugins: [RecordingDestination()])
        if isSecond {
            analytics.track(name: "earlier")
            #expect(analytics.flush(timeout: .seconds(60)).delivered == 1)
        }
        analytics.add(plugin: UntilDelivered())
        for number in 1...(isSecond ? 5 : 6) { analytics.track(name: "\(number)") }
        let report = analytics.flush(timeout: .seconds(60))
        #expect(report.delivered == (isSecond ? 5 : 6) && report.isDelivered, "\(report)")
        #expect(analytics.close())
    }
}
