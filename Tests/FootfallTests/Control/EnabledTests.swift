// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@_spi(System) @testable import Footfall

/// Makes an event when it starts, and one at each time that the test names.
private final class Automatic: StartPlugin, TimerPlugin, ApplicationPlugin {
    let type = PluginType.utility
    let storedKeys: [String] = []
    private(set) var nextTime = Int64.max

    func start(_ values: [String: String], at moment: Moment) -> PluginStart {
        PluginStart(events: [Event(name: "Started", at: moment)], values: ["test.started": "yes"])
    }

    func application(_ change: ApplicationChange, at moment: Moment) -> [Event] {
        [Event(name: "Application \(change)", at: moment)]
    }

    func setTimer(to time: Int64) { nextTime = time }

    func timeReached(at moment: Moment) -> [Event] {
        nextTime = .max
        return [Event(name: "Timer", at: moment)]
    }
}

/// Behaviour 41 of Segment's libraries: a client that is not enabled does nothing.
@Suite struct EnabledTests {
    let directory = TemporaryDirectory()
    private let delivery = RecordingDelivery()

    private func client(_ plugins: sending [any Plugin] = []) -> Analytics {
        Analytics(configuration: .test(directory), plugins: plugins + [RecordingDestination(delivery)])
    }

    @Test func recordsAndSendsNothingWhileItIsNotEnabled() throws {
        let analytics = client()
        analytics.track(name: "A")
        analytics.isEnabled = false
        #expect(!analytics.isEnabled)
        let user = analytics.anonymousId
        analytics.track(name: "B")
        analytics.identify(userId: "U", traits: ["plan": "pro"])
        analytics.screen(title: "S")
        analytics.page(title: "P")
        analytics.group(groupId: "G")
        analytics.alias(newId: "N")
        analytics.process(Event(type: .track, identifier: .unassigned))
        let report = analytics.flush(timeout: .seconds(5))
        #expect(report.queued == 1 && report.problems == ["recording: the client is disabled (isEnabled)"], "\(report)")
        #expect(delivery.attempts.isEmpty)
        #expect(analytics.userId == nil && analytics.anonymousId == user)
        #expect(analytics.counters.stored == 1)
        #expect(analytics.counters.dropped == [.disabled: 7])

        analytics.isEnabled = true
        analytics.track(name: "C")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["A", "C"])
        #expect(analytics.close())
        // The store knows nothing of what was not recorded.
        #expect(try StoreStatus(.test(directory)).dropped.isEmpty)
    }

    @Test func aClientThatIsDisabledAtOnceLeavesNothing() throws {
        let analytics = client([Automatic()])
        analytics.isEnabled = false
        analytics.track(name: "A")
        #expect(analytics.close())
        #expect(try StoreStatus(.test(directory)).stored == 0)
    }

    @Test func pluginsStartOnceItIsEnabled() throws {
        let analytics = client([Automatic()])
        analytics.isEnabled = false
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(analytics.counters.stored == 0)
        analytics.isEnabled = true
        analytics.track(name: "B")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["Started", "B"])
        #expect(analytics.close())
    }

    @Test func pluginsMakeNoEventsAndTheirTimersWait() throws {
        let analytics = client()
        let automatic = analytics.add(plugin: Automatic())
        analytics.track(name: "A")
        // What was called before is recorded.
        analytics.applicationDidBecomeActive()
        analytics.isEnabled = false
        automatic.perform { $0.setTimer(to: 1) }
        analytics.applicationWillResignActive()
        #expect(analytics.store(timeout: .seconds(20)) == nil)
        #expect(automatic.read { $0.nextTime } == 1)
        analytics.isEnabled = true
        #expect(poll { automatic.read { $0.nextTime } == .max })
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["Started", "A", "Application becameActive", "Timer"])
        #expect(analytics.close())
    }

    @Test func aResetTakesEffectAllTheSame() {
        let analytics = client()
        analytics.identify(userId: "U")
        analytics.isEnabled = false
        analytics.reset()
        #expect(analytics.userId == nil)
        analytics.isEnabled = true
        analytics.track(name: "A")
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.bodies.last?["userId"] == nil)
        #expect(analytics.close())
    }

    @Test func eventsOfEarlierProcessesWaitUntilItIsEnabled() throws {
        let earlier = Analytics(configuration: .test(directory), plugins: [RecordingDestination(delivery)])
        earlier.track(name: "Earlier")
        #expect(earlier.close())
        let analytics = client()
        analytics.isEnabled = false
        _ = analytics.flush(timeout: .seconds(5))
        #expect(delivery.attempts.isEmpty)
        analytics.isEnabled = true
        #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
        #expect(delivery.names == ["Earlier"])
        #expect(analytics.close())
    }

    @Test func manyThreadsMayChangeItAndItsLastValueHolds() {
        let analytics = client()
        onThreads(4) { thread in
            for round in 0..<200 {
                analytics.isEnabled = (round + thread) % 2 == 0
                analytics.track(name: "T")
            }
        }
        analytics.isEnabled = true
        let before = analytics.counters.dropped[.disabled] ?? 0
        #expect(analytics.flush(timeout: .seconds(20)).isDelivered)
        #expect(Int64(delivery.bodies.count) == 800 - before)
        #expect(analytics.close())
        analytics.isEnabled = false
        #expect(!analytics.isEnabled)
    }
}
