// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@_spi(Sessions) @testable import Footfall

/// A destination that delivers by itself.
private final class HookOnly: DestinationPlugin {
    let key = "Hook"
    let name = "hook"
    let usesHooks = true
    let timeline = Timeline()
    private let notes: Guarded<[String]>

    init(_ notes: Guarded<[String]>) { self.notes = notes }

    func track(_ event: inout Event) -> Verdict {
        notes.read { $0.append("hook:\(event.event ?? "")\(event.properties["session"] == nil ? "" : "+session")") }
        return .drop
    }

    func makeDelivery() -> (any Delivery)? { nil }
}

private final class Behind: Plugin {
    let type = PluginType.after
    private let notes: Guarded<[String]>

    init(_ notes: Guarded<[String]>) { self.notes = notes }

    func execute(_ event: inout Event) -> Verdict {
        notes.read {
            $0.append("after:\(event.event ?? "")\(event.properties["session"] == nil ? "" : "+session")")
        }
        event.properties["changed"] = true
        return .drop
    }
}

/// Puts a marker before each event; the transaction keeps that of "A" only.
private final class Sessions: TransactionPlugin {
    let type = PluginType.enrichment
    /// So many transactions fail.
    private var failures: Int

    init(failures: Int = 0) { self.failures = failures }

    func plan(for occurrence: Occurrence) -> [Event] {
        guard case .event(let event) = occurrence else { return [] }
        return [Event(name: "start of \(event.event ?? "")", at: moment(event))]
    }

    private func moment(_ event: Event) -> Moment {
        Moment(wall: event.timestamp, bootNanoseconds: event.bootNanoseconds, bootID: "boot")
    }

    func isTurn(_ occurrence: Occurrence) -> Bool { false }
    func begin(_ state: TransactionState) throws {}
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement {
        guard case .event(let event) = occurrence else { return .keep(withPlanned: false) }
        if event.event == "B", failures > 0 {
            failures -= 1
            throw StoreError(.system(5), "deciding", "a fault of the test")
        }
        return .stamp(withPlanned: event.event == "A")
    }
    func stamp(_ event: inout Event) { event.properties["session"] = 1 }
    func end(_ state: TransactionState) throws {}
    func committed() {}
}

/// Plugins behind the destinations, and destinations that deliver by themselves, see what is stored.
@Suite struct StoredEventTests {
    let directory = TemporaryDirectory()
    let notes = Guarded<[String]>([])

    @Test func showsStampedEventsBehindTheirMarkersAndNoDiscardedOnes() {
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: .test(directory),
            plugins: [Behind(notes), RecordingDestination(delivery), HookOnly(notes), Sessions()])
        analytics.track(name: "A")
        analytics.track(name: "B")
        #expect(analytics.flush(timeout: .seconds(5)).isDelivered)
        #expect(delivery.names == ["start of A", "A", "B"])
        #expect(
            notes.current == [
                "hook:start of A", "after:start of A", "hook:A+session", "after:A+session", "hook:B+session",
                "after:B+session",
            ])
        #expect(delivery.bodies.allSatisfy { $0["properties"]?.objectValue?["changed"] == nil })
        #expect(analytics.counters.dropped == [:], "a verdict after the commit has no effect")
        #expect(analytics.close())
    }

    @Test func anEventThatOnlyHooksWantPassesWithoutARow() throws {
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: .test(directory), plugins: [RecordingDestination(delivery), HookOnly(notes)])
        analytics.track(name: "A", options: CallOptions(integrations: ["All": false, "Hook": true]))
        #expect(analytics.flush(timeout: .seconds(5)).isDelivered)
        #expect(notes.current == ["hook:A"])
        #expect(delivery.bodies.isEmpty)
        #expect(analytics.counters.stored == 0)
        #expect(analytics.counters.dropped == [:])
        #expect(analytics.close())
    }

    @Test func aRetriedCommitShowsAnEventOnce() throws {
        let errors = ErrorLog()
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: errors),
            plugins: [Behind(notes), RecordingDestination(), Sessions(failures: 2)])
        analytics.track(name: "A")
        analytics.track(name: "B")
        #expect(poll { notes.current.count >= 3 })
        #expect(analytics.close())
        #expect(errors.codes == [.storeUnavailable, .storeUnavailable])
        #expect(notes.current == ["after:start of A", "after:A+session", "after:B+session"])
    }

    @Test func aPluginThatIsRemovedHasSeenWhatWasCalledBefore() {
        let analytics = Analytics(configuration: .test(directory), plugins: [HookOnly(notes)])
        let behind = analytics.add(plugin: Behind(notes))
        analytics.track(name: "A")
        behind.remove()
        analytics.find(key: "Hook")?.remove()
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(notes.current == ["hook:A", "after:A"])
        #expect(analytics.close())
    }

    @Test func aPluginThatIsAddedSeesNothingThatWasCalledBefore() {
        let analytics = Analytics(configuration: .test(directory), plugins: [HookOnly(notes)])
        analytics.track(name: "A")
        analytics.add(plugin: Behind(notes))
        analytics.track(name: "B")
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(notes.current == ["hook:A", "hook:B", "after:B"])
        #expect(analytics.close())
    }

    @Test func aHookGetsWhatTheStoresOtherDestinationsRefuse() {
        let other = Analytics(configuration: .test(directory), plugins: [RecordingDestination()])
        #expect(other.store(timeout: .seconds(5)) == nil)
        #expect(other.close())
        let analytics = Analytics(configuration: .test(directory), plugins: [HookOnly(notes)])
        analytics.track(name: "A", options: CallOptions(integrations: ["All": false, "Hook": true]))
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(notes.current == ["hook:A"])
        #expect(analytics.counters.dropped == [:])
        #expect(analytics.close())
    }

    @Test func aRehearsalShowsNothing() throws {
        var configuration = Configuration.test(directory)
        configuration.isRehearsal = true
        let analytics = Analytics(configuration: configuration, plugins: [Behind(notes), HookOnly(notes)])
        _ = try analytics.rehearse(Event(name: "A", at: configuration.clock.moment))
        #expect(notes.current.isEmpty)
        #expect(analytics.close())
    }
}
