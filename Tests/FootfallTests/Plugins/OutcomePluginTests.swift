// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@_spi(Sessions) @testable import Footfall

/// Notes the outcomes of events by the `n` of their messageId.
private final class Receipts: OutcomePlugin {
    let type = PluginType.utility
    private let notes: Guarded<[String]>

    init(_ notes: Guarded<[String]>) { self.notes = notes }

    func outcome(_ outcome: EventOutcome, of messageId: String) {
        let text =
            switch outcome {
            case .stored: "stored"
            case .dropped(let reason, let destination): "dropped \(reason.rawValue) \(destination ?? "*")"
            case .delivered(let destination): "delivered \(destination)"
            case .deadLettered(let reason, let destination): "dead \(destination): \(reason)"
            case .leftToAnother(let destination): "left \(destination)"
            }
        notes.read { $0.append("\(messageId) \(text)") }
    }
}

/// Drops events of a name.
private final class Dropping: Plugin {
    let type: PluginType
    private let unwanted: String
    init(_ unwanted: String, type: PluginType = .before) {
        self.unwanted = unwanted
        self.type = type
    }
    func execute(_ event: inout Event) -> Verdict { event.event == unwanted ? .drop : .keep }
}

/// Its first transactions fail.
private final class Failing: TransactionPlugin {
    let type = PluginType.enrichment
    private var failures: Int
    init(failures: Int) { self.failures = failures }
    func plan(for occurrence: Occurrence) -> [Event] { [] }
    func isTurn(_ occurrence: Occurrence) -> Bool { false }
    func begin(_ state: TransactionState) throws {}
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement {
        .keep(withPlanned: false)
    }
    func stamp(_ event: inout Event) {}
    func end(_ state: TransactionState) throws {
        guard failures > 0 else { return }
        failures -= 1
        throw StoreError(.system(5), "deciding", "a fault of the test")
    }
    func committed() {}
}

/// A destination that delivers by itself.
private final class Hook: DestinationPlugin {
    let key = "Hook"
    let name = "hook"
    let usesHooks = true
    let timeline = Timeline()
    func track(_ event: inout Event) -> Verdict { event.event == "unwanted" ? .drop : .keep }
    func makeDelivery() -> (any Delivery)? { nil }
}

/// A plugin hears what becomes of each event: one end at each destination.
@Suite struct OutcomePluginTests: DeliveryBench {
    let directory = TemporaryDirectory()
    private let notes = Guarded<[String]>([])

    private func make(
        _ plugins: sending [any Plugin], _ configuration: (Configuration) -> Configuration = { $0 }
    ) -> Analytics {
        Analytics(configuration: configuration(.test(directory)), plugins: plugins + [Receipts(notes)])
    }

    private func track(_ analytics: Analytics, _ id: String, _ name: String = "A", _ more: JSONObject = [:]) {
        analytics.track(name: name, properties: more, options: CallOptions(messageId: id))
    }

    /// What was told of an event.
    private func told(_ id: String) -> [String] {
        notes.current.filter { $0.hasPrefix("\(id) ") }.map { String($0.dropFirst(id.count + 1)) }
    }

    /// A delivery is told by a command that comes behind its result.
    private func flush(_ analytics: Analytics) {
        _ = analytics.flush(timeout: .seconds(10))
        #expect(analytics.store(timeout: .seconds(10)) == nil)
    }

    // MARK: - Deliveries

    @Test func tellsWhatIsStoredAndDeliveredToEach() {
        let analytics = make([RecordingDestination(name: "one"), RecordingDestination(name: "two")])
        track(analytics, "1")
        analytics.track(
            name: "B", options: CallOptions(messageId: "2", integrations: ["two": false]))
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(notes.current == ["1 stored", "2 stored"])
        flush(analytics)
        #expect(told("1") == ["stored", "delivered one", "delivered two"])
        #expect(told("2") == ["stored", "delivered one"])
        #expect(analytics.close())
        #expect(notes.current.count == 5, "nothing more is told at the end")
    }

    @Test func tellsWhatBecomesADeadLetterOrIsDroppedByTheServer() {
        var verdicts = DeliveryVerdicts()
        verdicts.delivered = [0]
        verdicts.refused = [1: "no price"]
        verdicts.dropped = [2]
        let delivery = RecordingDelivery(outcomes: [.partial(verdicts)])
        let analytics = make([RecordingDestination(delivery)])
        for id in ["1", "2", "3"] { track(analytics, id) }
        flush(analytics)
        #expect(told("1") == ["stored", "delivered recording"])
        #expect(told("2") == ["stored", "dead recording: no price"])
        #expect(told("3") == ["stored", "dropped unmapped recording"])
        #expect(analytics.close())
    }

    @Test func oneOfAHundredIsADeadLetterOnce() {
        let delivery = RecordingDelivery(refuses: { $0.objectValue?["properties"]?.objectValue?["n"] == 42 })
        let analytics = make([RecordingDestination(delivery)])
        for number in 1...100 { track(analytics, "\(number)", "A", ["n": .int(Int64(number))]) }
        flush(analytics)
        #expect(analytics.close())
        for number in 1...100 {
            let end = number == 42 ? "dead recording: told so" : "delivered recording"
            #expect(told("\(number)") == ["stored", end])
        }
    }

    @Test func aHookIsADelivery() {
        let analytics = make([Hook(), RecordingDestination()])
        track(analytics, "1")
        track(analytics, "2", "unwanted")
        analytics.track(name: "C", options: CallOptions(messageId: "3", integrations: ["recording": false]))
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(told("1") == ["stored", "delivered hook"])
        #expect(told("2") == ["stored", "dropped plugin hook"])
        #expect(told("3") == ["delivered hook"], "it has no row")
        flush(analytics)
        #expect(told("1") == ["stored", "delivered hook", "delivered recording"])
        #expect(analytics.close())
    }

    // MARK: - Drops

    @Test func tellsWhyAnEventIsDropped() {
        let picky = RecordingDestination(name: "picky")
        picky.add(plugin: Dropping("half"))
        let analytics = make([Dropping("unwanted"), RecordingDestination(name: "one"), picky])
        track(analytics, "1", "unwanted")
        analytics.track(name: "A", options: CallOptions(messageId: "2", integrations: ["All": false]))
        track(analytics, "3", "A", ["x": .string(String(repeating: "x", count: 33_000))])
        track(analytics, "4", "half")
        flush(analytics)
        #expect(told("1") == ["dropped plugin *"])
        #expect(told("2") == ["dropped unrouted *"])
        #expect(told("3") == ["dropped tooLarge *"])
        #expect(told("4") == ["dropped plugin picky", "stored", "delivered one"])
        #expect(analytics.close())
    }

    @Test func aBatchThatIsTriedAgainIsToldOnce() {
        let analytics = make([Failing(failures: 2), Dropping("unwanted"), RecordingDestination()])
        track(analytics, "1")
        track(analytics, "2", "unwanted")
        #expect(poll { analytics.counters.stored == 1 })
        #expect(analytics.close())
        #expect(told("1") == ["stored", "left recording"])
        #expect(told("2") == ["dropped plugin *"])
    }

    @Test func tellsWhatAFullStoreGaveUp() {
        let analytics = make([RecordingDestination()]) { $0.maximumStoredEvents(100) }
        for number in 1...150 {
            track(analytics, "\(number)")
            if number.isMultiple(of: 10) { #expect(analytics.store(timeout: .seconds(10)) == nil) }
        }
        let evicted = (1...150).filter { told("\($0)") == ["stored", "dropped evicted recording"] }
        #expect(evicted.count >= 50 && evicted == Array(1...evicted.count), "\(evicted)")
        flush(analytics)
        for number in evicted.count + 1...150 { #expect(told("\(number)") == ["stored", "delivered recording"]) }
        #expect(analytics.close())
    }

    @Test(arguments: [true, false]) func tellsWhatAnErasureRemoved(optsOut: Bool) {
        let analytics = make([RecordingDestination()])
        track(analytics, "1")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        if optsOut { #expect(analytics.optOut()) } else { analytics.forget() }
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(told("1") == ["stored", "dropped \(optsOut ? "optedOut" : "forgotten") recording"])
        #expect(analytics.close())
        #expect(told("1").count == 2)
    }

    @Test func tellsWhatAPurgeRemoved() {
        let analytics = make([RecordingDestination()])
        track(analytics, "1")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        analytics.purge()
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(told("1") == ["stored", "dropped purged recording"])
        #expect(analytics.close())
    }

    // MARK: - Left to another

    @Test func leavesWhatAnotherProcessDelivers() {
        let holder = Analytics(configuration: .test(directory), plugins: [RecordingDestination()])
        holder.track(name: "first")
        #expect(holder.flush(timeout: .seconds(10)).isDelivered, "it has the lock from here on")
        let analytics = make([RecordingDestination()])
        track(analytics, "1")
        flush(analytics)
        #expect(poll { told("1") == ["stored", "left recording"] }, "\(told("1"))")
        #expect(analytics.close() && holder.close())
        #expect(told("1").count == 2)
    }

    @Test func leavesWhatItDoesNotDeliverTo() {
        let other = Analytics(
            configuration: .test(directory).delivers(false), plugins: [RecordingDestination(name: "other")])
        #expect(other.store(timeout: .seconds(10)) == nil)
        let analytics = make([])
        track(analytics, "1")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(told("1") == ["stored", "left other"])
        #expect(analytics.close() && other.close())
    }

    @Test func leavesWhatWaitsAtTheEndOrWhenItsDestinationIsRemoved() {
        let analytics = make([RecordingDestination(name: "one"), RecordingDestination(name: "two")])
        track(analytics, "1")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        analytics.find(key: "one")?.remove()
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(told("1") == ["stored", "left one"])
        #expect(analytics.close())
        #expect(told("1") == ["stored", "left one", "left two"])
    }

    @Test func followsABoundedNumberOfEvents() {
        var followed = FollowedEvents(most: 2)
        var taken = [(1, "a", 0b11), (2, "b", 0b1), (3, "c", 0b1)].map { row, id, bits in
            followed.follow(Int64(row), id, Routes(bits: Int64(bits)))
        }
        #expect(taken == [true, true, false])
        let ends = [(1, 0), (1, 0), (3, 0)].map { row, place in followed.end(Int64(row), at: Int64(place)) }
        #expect(ends == ["a", nil, nil], "one end at each destination")
        let rest = followed.end(1)
        #expect(rest == [FollowedEvents.End(messageId: "a", destination: 1)])
        taken.append(followed.follow(3, "c", Routes(bits: 0b1)))
        #expect(taken.last == true)
        #expect(followed.rows(waitingFor: 0) == [2, 3])
    }

    // MARK: - Without such a plugin

    @Test func keepsNoIdsWithoutSuchAPlugin() {
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination()])
        let receipts = analytics.add(plugin: Receipts(notes))
        track(analytics, "1")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        receipts.remove()
        track(analytics, "2")
        flush(analytics)
        #expect(notes.current == ["1 stored"])
        #expect(!analytics.runtime.pipeline.runner.outcomes.isOn)
        #expect(analytics.runtime.pipeline.runner.outcomes.isEmpty)
        #expect(analytics.close())
    }
}
