// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import LinuxLifecycle
import TestSupport
import Testing

/// `automaticEventsOpenSession`: what this plugin's events do to the session.
@Suite struct AutomaticEventTests {
    let directory = TemporaryDirectory()
    let time = TestClock()
    let delivery = RecordingDelivery()

    private func run(
        _ change: (inout SessionConfiguration) -> Void = { _ in }, _ body: (Analytics) throws -> Void
    ) rethrows {
        var sessions = SessionConfiguration.kiosk
        sessions.sendsMarkersToAll = true
        change(&sessions)
        let analytics = Analytics(
            configuration: .test(directory, time).application(id: "x").trackApplicationLifecycleEvents(true))
        analytics.add(plugin: RecordingDestination(delivery))
        analytics.add(plugin: AmplitudeSession(configuration: sessions))
        analytics.add(plugin: LinuxLifecycle(patience: .zero, observesLogind: false))
        try body(analytics)
        #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        #expect(analytics.close())
    }

    /// The names and session ids of what was delivered.
    private var delivered: [String] {
        delivery.bodies.map { event in
            let id = event["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"]?.intValue
            let place = id.map { $0 == -1 ? "outside" : "inside" } ?? "without"
            return "\(event["event"]?.stringValue ?? "?") \(place)"
        }
    }

    @Test func anUntouchedStartOfAKioskIsNoSession() {
        run { _ in }
        run { _ in }
        #expect(
            delivered.filter { !$0.hasPrefix("Application Terminated") } == [
                "Application Installed outside", "Application Opened outside", "Application Opened outside",
            ])
        #expect(delivered.allSatisfy { $0.hasSuffix("outside") }, "\(delivered)")
    }

    @Test func theUserOpensTheSessionAndAutomaticEventsJoinIt() throws {
        try run { analytics in
            #expect(analytics.store(timeout: .seconds(10)) == nil)
            analytics.track(name: "Touched")
            time.advance(.seconds(40))
            analytics.applicationWillResignActive()
            #expect(poll { analytics.counters.stored == 5 })
            // Within the limit only if the event before prolonged the session.
            time.advance(.seconds(40))
            analytics.track(name: "Touched again")
        }
        #expect(
            delivered.prefix(6) == [
                "Application Installed outside", "Application Opened outside", "session_start inside", "Touched inside",
                "Application Backgrounded inside", "Touched again inside",
            ])
    }

    @Test func opensASessionWhereTheConfigurationSaysSo() {
        run({ $0.automaticEventsOpenSession = true }) { _ in }
        #expect(
            delivered.prefix(3) == [
                "session_start inside", "Application Installed inside", "Application Opened inside",
            ])
    }

    @Test func aSessionWhoseTimeIsOverIsNotReplacedByAnAutomaticEvent() {
        run({ $0.endsWhenIdle = false }) { analytics in
            analytics.track(name: "Touched")
            #expect(analytics.store(timeout: .seconds(10)) == nil)
            time.advance(.seconds(120))
            analytics.applicationWillResignActive()
            #expect(poll { analytics.counters.stored == 5 })
        }
        #expect(delivered.contains("Application Backgrounded outside"), "\(delivered)")
        #expect(delivery.names.filter { $0 == "session_start" }.count == 1)
    }
}
