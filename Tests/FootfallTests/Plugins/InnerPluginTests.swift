// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// Notes the calls that it gets.
private final class Inner: TimerPlugin, EventPlugin {
    let type: PluginType
    let name: String
    private let notes: Guarded<[String]>
    var nextTime = Int64.max

    init(_ notes: Guarded<[String]>, name: String = "inner", type: PluginType = .enrichment, timer: Int64 = .max) {
        self.name = name
        self.type = type
        self.notes = notes
        nextTime = timer
    }

    func configure(analytics: Analytics) { notes.read { $0.append("\(name):configure") } }

    func execute(_ event: inout Event) -> Verdict {
        notes.read { $0.append("\(name):\(event.event ?? "")") }
        return .keep
    }

    func timeReached(at moment: Moment) -> [Event] {
        nextTime = .max
        return [Event(name: "time", at: moment)]
    }

    func reset() { notes.read { $0.append("\(name):reset") } }
    func shutdown() { notes.read { $0.append("\(name):shutdown") } }
}

/// Plugins inside a destination have the life of any plugin.
@Suite struct InnerPluginTests {
    let directory = TemporaryDirectory()
    let notes = Guarded<[String]>([])

    @Test func areConfiguredResetAndShutDownOnce() {
        let destination = RecordingDestination()
        destination.add(plugin: Inner(notes))
        let analytics = Analytics(configuration: .test(directory), plugins: [destination])
        analytics.track(name: "A")
        analytics.reset()
        #expect(analytics.close())
        #expect(notes.current == ["inner:configure", "inner:A", "inner:reset", "inner:shutdown"])
    }

    @Test func areFoundReadAndRemoved() {
        let destination = RecordingDestination()
        destination.add(plugin: Inner(notes))
        let analytics = Analytics(configuration: .test(directory), plugins: [Inner(notes, name: "own"), destination])
        #expect(analytics.findAll(Inner.self).count == 2)
        let inner = analytics.findAll(Inner.self).first { $0.read { $0.type } != nil && isInner($0) }
        analytics.track(name: "A")
        inner?.remove()
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(notes.current.filter { $0.hasPrefix("inner") } == ["inner:configure", "inner:A", "inner:shutdown"])
        #expect(analytics.findAll(Inner.self).count == 1)
        #expect(analytics.close())
    }

    private func isInner(_ handle: PluginHandle<Inner>) -> Bool { handle.read { $0.isCalled("inner") } ?? false }

    @Test func aDestinationThatIsRemovedTakesThemAlong() {
        let destination = RecordingDestination()
        destination.add(plugin: Inner(notes))
        let analytics = Analytics(configuration: .test(directory), plugins: [destination])
        analytics.find(key: "recording")?.remove()
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(notes.current == ["inner:configure", "inner:shutdown"])
        #expect(analytics.findAll(Inner.self).isEmpty)
        #expect(analytics.find(key: "recording") == nil)
        #expect(analytics.close())
    }

    @Test func areNotAddedToADestinationThatIsGone() {
        nonisolated(unsafe) let destination = RecordingDestination()
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: destination)
        analytics.find(key: "recording")?.remove()
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        destination.add(plugin: Inner(notes))
        #expect(notes.current.isEmpty)
        #expect(analytics.findAll(Inner.self).isEmpty)
        #expect(analytics.close())
    }

    @Test func haveTimers() {
        let delivery = RecordingDelivery()
        let destination = RecordingDestination(delivery)
        destination.add(plugin: Inner(notes, timer: 0))
        let analytics = Analytics(configuration: .test(directory), plugins: [destination])
        analytics.track(name: "A")
        #expect(poll { delivery.names.contains("time") || !analytics.flush(timeout: .seconds(5)).isDelivered })
        #expect(analytics.close())
    }

    @Test func mayBeAddedWhileTheDestinationIsConfigured() {
        let analytics = Analytics(configuration: .test(directory), plugins: [Configuring(notes)])
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.findAll(Inner.self).count == 1)
        #expect(analytics.close())
        #expect(notes.current == ["inner:configure", "inner:A", "inner:shutdown"])
    }
}

extension Inner {
    fileprivate func isCalled(_ name: String) -> Bool { self.name == name }
}

/// Adds a plugin of its own when it is configured.
private final class Configuring: DestinationPlugin {
    let key = "Configuring"
    let name = "configuring"
    let usesHooks = false
    let timeline = Timeline()
    private let notes: Guarded<[String]>

    init(_ notes: Guarded<[String]>) { self.notes = notes }

    func configure(analytics: Analytics) { add(plugin: Inner(notes)) }
    func makeDelivery() -> (any Delivery)? { RecordingDelivery() }
}
