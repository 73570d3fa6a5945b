// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@_spi(Sessions) @testable import Footfall

/// Notes what it is told.
private final class Watching: ObserverPlugin {
    let type = PluginType.utility
    private let notes: Guarded<[String]>

    init(_ notes: Guarded<[String]>) { self.notes = notes }

    private func note(_ text: String) { notes.read { $0.append(text) } }
    func identityChanged(anonymousId: String, userId: String?, traits: JSONObject) {
        note("identity \(userId ?? "-") \(traits.text)")
    }
    func sessionChanged(id: Int64?) { note("session \(id.map { "\($0)" } ?? "-")") }
    func visitChanged(id: String?, userId: String?) { note("visit \(id == nil ? "-" : "open") \(userId ?? "-")") }
    func optOutChanged(isOptedOut: Bool) { note("optedOut \(isOptedOut)") }
    func didReset() { note("reset") }
}

/// A session that every event turns: its id is the number of the transaction.
private final class Turning: TransactionPlugin {
    let type = PluginType.enrichment
    private weak var analytics: Analytics?
    private var id: Int64 = 0
    /// So many transactions with an event fail.
    private var failures: Int
    private var hasEvent = false

    init(failures: Int = 0) { self.failures = failures }

    func configure(analytics: Analytics) { self.analytics = analytics }
    func plan(for occurrence: Occurrence) -> [Event] { [] }
    func isTurn(_ occurrence: Occurrence) -> Bool { false }
    func begin(_ state: TransactionState) throws {
        hasEvent = false
        id = Int64(try state.text("test.session") ?? "") ?? 0
    }
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement {
        if case .event = occurrence {
            hasEvent = true
            id += 1
        }
        return .keep(withPlanned: false)
    }
    func stamp(_ event: inout Event) {}
    func end(_ state: TransactionState) throws {
        if hasEvent, failures > 0 {
            failures -= 1
            throw StoreError(.system(5), "deciding", "a fault of the test")
        }
        try state.set("test.session", "\(id)")
    }
    func committed() { analytics?.publish(sessionId: id == 0 ? nil : id) }
}

/// A plugin hears of the identity, the session, the visit and the consent: at first as they
/// are, then of each change once.
@Suite struct ObserverPluginTests {
    let directory = TemporaryDirectory()
    let notes = Guarded<[String]>([])

    private let start = ["optedOut false", "identity - {}", "session -", "visit - -"]

    private func make(_ more: sending [any Plugin] = []) -> Analytics {
        Analytics(
            configuration: .test(directory), plugins: more + [Watching(notes), RecordingDestination()])
    }

    private func store(_ analytics: Analytics) { #expect(analytics.store(timeout: .seconds(10)) == nil) }

    /// What was told since the last call.
    private func takeNotes() -> [String] {
        notes.read { list in
            defer { list = [] }
            return list
        }
    }

    @Test func isToldOnceWhatIsAndThenWhatChanges() {
        let analytics = make([Turning()])
        store(analytics)
        #expect(takeNotes() == start)
        analytics.track(name: "A")
        store(analytics)
        #expect(takeNotes() == ["session 1"])
        analytics.identify(userId: "u", traits: ["plan": "guest"])
        store(analytics)
        #expect(takeNotes() == [#"identity u {"plan":"guest"}"#, "session 2"])
        analytics.identify(traits: ["plan": "guest"])
        store(analytics)
        #expect(takeNotes() == ["session 3"], "the same traits are no change")
        analytics.reset()
        store(analytics)
        #expect(takeNotes() == ["reset", "identity - {}"])
        store(analytics)
        analytics.flush()
        store(analytics)
        #expect(takeNotes() == [])
        let later = analytics.add(plugin: Watching(notes))
        store(analytics)
        #expect(takeNotes() == ["optedOut false", "identity - {}", "session 3", "visit - -"])
        later.remove()
        analytics.track(name: "B")
        store(analytics)
        #expect(takeNotes() == ["session 4"], "only the first is left")
        #expect(analytics.close())
    }

    @Test func isToldWhenTheTransactionIsStored() {
        let analytics = make([Turning(failures: 2)])
        let (began, called) = (Signal(), Signal())
        // So that both calls are in one transaction.
        analytics.find(Watching.self)?.perform { _ in
            began.raise()
            _ = called.wait()
        }
        #expect(began.wait())
        analytics.identify(userId: "u")
        analytics.identify(userId: "v")
        called.raise()
        #expect(poll { analytics.counters.stored == 2 })
        #expect(analytics.close())
        #expect(takeNotes() == start + ["identity v {}", "session 2"], "one change, though it took three attempts")
    }

    @Test func aPluginInsideADestinationIsTold() {
        let destination = RecordingDestination()
        destination.add(plugin: Watching(notes))
        let analytics = Analytics(configuration: .test(directory), plugins: [destination])
        analytics.identify(userId: "u")
        store(analytics)
        #expect(takeNotes() == start + ["identity u {}"])
        analytics.find(key: "recording")?.remove()
        analytics.identify(userId: "v")
        #expect(analytics.close())
        #expect(takeNotes() == [])
    }

    @Test func hearsOfAnOptOutAndAnOptIn() {
        let analytics = make()
        analytics.identify(userId: "u")
        store(analytics)
        #expect(takeNotes() == start + ["identity u {}"])
        #expect(analytics.optOut())
        store(analytics)
        #expect(Set(takeNotes()) == ["optedOut true", "reset", "identity - {}"])
        #expect(analytics.optIn())
        store(analytics)
        #expect(takeNotes() == ["optedOut false"])
        analytics.forget()
        store(analytics)
        #expect(takeNotes() == ["reset", "identity - {}"])
        #expect(analytics.close())
    }

    @Test func hearsOfWhatAnotherProcessChanged() {
        let analytics = make([Turning()])
        analytics.track(name: "A")
        store(analytics)
        #expect(takeNotes() == start + ["session 1"])
        let other = Analytics(configuration: .test(directory), plugins: [Turning(), RecordingDestination()])
        other.identify(userId: "other")
        store(other)
        #expect(takeNotes() == [], "a change is seen at the commit that learns of it")
        analytics.track(name: "B")
        store(analytics)
        #expect(takeNotes() == ["identity other {}", "session 3"])
        #expect(other.optOut())
        store(other)
        analytics.track(name: "C")
        store(analytics)
        #expect(Set(takeNotes()).isSuperset(of: ["optedOut true", "reset", "identity - {}"]))
        #expect(other.optIn())
        store(other)
        analytics.track(name: "D")
        store(analytics)
        #expect(takeNotes().first == "optedOut false")
        #expect(analytics.close() && other.close())
    }

    @Test func isToldOnThePipelinesThread() {
        let asked = Guarded<[Bool]>([])
        let analytics = Analytics(
            configuration: .test(directory), plugins: [AskingThread(asked), RecordingDestination()])
        analytics.identify(userId: "u")
        #expect(analytics.close())
        #expect(asked.current == [true, true])
    }
}

private final class AskingThread: ObserverPlugin {
    let type = PluginType.utility
    private let asked: Guarded<[Bool]>
    private weak var analytics: Analytics?

    init(_ asked: Guarded<[Bool]>) { self.asked = asked }

    func configure(analytics: Analytics) { self.analytics = analytics }
    func identityChanged(anonymousId: String, userId: String?, traits: JSONObject) {
        let isOnThread = analytics?.runtime.isOnPipelineThread ?? false
        asked.read { $0.append(isOnThread) }
    }
}
