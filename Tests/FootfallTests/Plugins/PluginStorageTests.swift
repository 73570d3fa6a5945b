// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@_spi(Sessions) @testable import Footfall

/// Numbers the events, and notes what it read and what it was refused.
private final class Numbering: StoragePlugin {
    let type: PluginType
    let name: String
    var storage: PluginStorage?
    private let notes: Guarded<[String]>

    init(_ notes: Guarded<[String]> = Guarded([]), name: String = "numbering", type: PluginType = .enrichment) {
        self.notes = notes
        self.name = name
        self.type = type
    }

    func execute(_ event: inout Event) -> Verdict {
        do {
            let number = (try storage?.value("number")?.intValue ?? 0) + 1
            try storage?.set("number", .int(number))
            event.properties["number"] = .int(number)
        } catch {
            notes.read { $0.append("\(error)") }
        }
        return .keep
    }

    func shutdown() {
        // A test looks into the store.
        if type == .after { try? storage?.set("last", "words") }
    }
}

/// The first transactions with an event fail.
private final class Failing: TransactionPlugin {
    let type = PluginType.enrichment
    private var failures: Int
    private var hasEvent = false

    init(failures: Int) { self.failures = failures }

    func plan(for occurrence: Occurrence) -> [Event] { [] }
    func isTurn(_ occurrence: Occurrence) -> Bool { false }
    func begin(_ state: TransactionState) throws { hasEvent = false }
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement {
        if case .event = occurrence { hasEvent = true }
        return .keep(withPlanned: false)
    }
    func stamp(_ event: inout Event) {}
    func end(_ state: TransactionState) throws {
        guard hasEvent, failures > 0 else { return }
        failures -= 1
        throw StoreError(.system(5), "deciding", "a fault of the test")
    }
    func committed() {}
}

/// A plugin keeps values in the store: with the events that it saw, within its limit, and not
/// beyond an erasure.
@Suite struct PluginStorageTests {
    let directory = TemporaryDirectory()
    let notes = Guarded<[String]>([])

    private func stored(_ key: String = "plugin/numbering/number") throws -> String? {
        try inspect(directory) { try $0.keyValue.text(key) }
    }

    private func make(_ more: sending [any Plugin] = [], _ delivery: RecordingDelivery = RecordingDelivery())
        -> Analytics
    {
        Analytics(
            configuration: .test(directory), plugins: more + [Numbering(notes), RecordingDestination(delivery)])
    }

    @Test func keepsValuesOverRestarts() throws {
        let delivery = RecordingDelivery()
        for _ in 1...3 {
            let analytics = make([], delivery)
            for _ in 1...2 { analytics.track(name: "A") }
            #expect(analytics.flush(timeout: .seconds(10)).isDelivered)
            #expect(analytics.close())
        }
        #expect(delivery.bodies.map { $0["properties"]?.objectValue?["number"] } == (1...6).map { .int($0) })
        #expect(try stored() == "6")
        #expect(try inspect(directory) { try $0.connection.integer("PRAGMA user_version") } == 1)
        #expect(notes.current.isEmpty)
    }

    @Test func aCommitThatFailsIsTriedAgainWithItsValues() throws {
        let analytics = make([Failing(failures: 2)])
        for _ in 1...3 { analytics.track(name: "A") }
        #expect(poll { analytics.counters.stored == 3 })
        #expect(analytics.close())
        #expect(try stored() == "3")
    }

    @Test func aCallerThatHearsOfAFailureLeavesNoValue() throws {
        let analytics = make([Failing(failures: 1)])
        let event = Event(name: "A", at: SystemClock.system.moment)
        guard case .failed = analytics.record(event, timeout: .seconds(10)) else {
            Issue.record("the transaction did not fail")
            return
        }
        guard case .stored = analytics.record(event, timeout: .seconds(10)) else {
            Issue.record("the second transaction failed")
            return
        }
        #expect(analytics.close())
        #expect(try stored() == "1", "the first number is taken back")
    }

    @Test func keepsWhatIsSetBehindTheEvents() throws {
        let analytics = make([Numbering(name: "behind", type: .after)])
        analytics.track(name: "A")
        #expect(poll { (try? stored("plugin/behind/number")) == "1" }, "within a second, though no event comes")
        #expect(analytics.close())
        #expect(try stored("plugin/behind/last") == #""words""#, "what is set in shutdown is kept")
    }

    @Test func aPluginInsideADestinationHasAStorage() throws {
        let destination = RecordingDestination()
        destination.add(plugin: Numbering(notes, name: "inner"))
        let analytics = Analytics(configuration: .test(directory), plugins: [destination])
        analytics.track(name: "A")
        #expect(analytics.close())
        #expect(try stored("plugin/inner/number") == "1")
    }

    @Test func noNameReachesTheValuesOfAnother() throws {
        let names = ["a", "a/b", "a%2Fb", "", "é", "e\u{301}", "a0", "A"]
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination()])
        for name in names { analytics.add(plugin: Numbering(notes, name: name)) }
        analytics.track(name: "A")
        #expect(analytics.close())
        let keys = try inspect(directory) { try $0.keyValue.texts(in: "plugin/", longest: 100) }
        #expect(keys.map(\.text) == names.map { _ in "1" })
        #expect(
            Set(keys.map { UTF8Key($0.key) })
                == Set(
                    [
                        "a/number", "a%2Fb/number", "a%252Fb/number", "/number", "é/number", "e\u{301}/number",
                        "a0/number", "A/number",
                    ].map { UTF8Key($0) }))
    }

    @Test func twoProcessesShareTheValues() throws {
        let one = make()
        one.track(name: "A")
        #expect(one.store(timeout: .seconds(10)) == nil)
        let other = make()
        other.track(name: "B")
        #expect(other.store(timeout: .seconds(10)) == nil)
        #expect(try stored() == "2")
        one.track(name: "C")
        #expect(one.store(timeout: .seconds(10)) == nil)
        #expect(try stored() == "2", "the last write wins")
        #expect(one.close() && other.close())
    }

    // MARK: - The limit

    @Test func takes64KiBAndRefusesMore() throws {
        let analytics = Analytics(configuration: .test(directory), plugins: [RecordingDestination()])
        let handle = analytics.add(plugin: Numbering(name: "full"))
        // A text has two quotation marks, and its key one byte.
        let most = String(repeating: "x", count: 65_536 - 3)
        let first = handle.read { plugin in Self.problem { try plugin.storage?.set("k", .string(most)) } }
        #expect(first == "none")
        let more = handle.read { plugin in Self.problem { try plugin.storage?.set("k", .string(most + "x")) } }
        #expect(more?.hasPrefix("pluginStorageFull: full cannot keep k (65537 bytes)") == true, "\(more ?? "")")
        let other = handle.read { plugin in Self.problem { try plugin.storage?.set("l", 1) } }
        #expect(other?.hasPrefix("pluginStorageFull") == true)
        #expect(handle.read { (try? $0.storage?.value("k")) == .string(most) } == true, "what was there stays")
        #expect(handle.read { plugin in Self.problem { try plugin.storage?.set("k", 1) } } == "none")
        #expect(handle.read { plugin in Self.problem { try plugin.storage?.set("l", 1) } } == "none")
        #expect(handle.read { plugin in Self.problem { try plugin.storage?.set("l", nil) } } == "none")
        #expect(handle.read { try? $0.storage?.keys } == ["k"])
        #expect(analytics.close())
        #expect(try inspect(directory) { try $0.keyValue.texts(in: "plugin/full/", longest: 100) }.map(\.key) == ["k"])
    }

    private static func problem(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "none"
        } catch {
            return "\((error as? FootfallError)?.code.rawValue ?? ""): \(error)"
        }
    }

    @Test func takesATextOfAnotherProgram() throws {
        let first = make()
        first.track(name: "A")
        #expect(first.close())
        try inspect(directory) { store in
            try store.keyValue.set("plugin/numbering/plain", "no JSON")
            try store.keyValue.set("plugin/numbering/large", String(repeating: "x", count: 70_000))
        }
        let analytics = make()
        let handle = analytics.find(Numbering.self)
        #expect(handle?.read { (try? $0.storage?.value("plain")) == "no JSON" } == true)
        #expect(handle?.read { (try? $0.storage?.keys) == ["number", "plain"] } == true)
        #expect(analytics.close())
    }

    // MARK: - Erasures and rehearsals

    @Test(arguments: [true, false]) func anErasureRemovesAllValues(optsOut: Bool) throws {
        let analytics = make()
        analytics.track(name: "A")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(try stored() == "1")
        let handle = try #require(analytics.find(Numbering.self))
        if optsOut { #expect(analytics.optOut()) } else { analytics.forget() }
        #expect(handle.read { (try? $0.storage?.keys) == [] } == true, "in memory, too")
        #expect(analytics.store(timeout: .seconds(10)) == nil)
        #expect(try stored() == nil)
        if optsOut {
            #expect(handle.read { plugin in Self.problem { try plugin.storage?.set("late", 1) } } == "none")
            #expect(analytics.store(timeout: .seconds(10)) == nil)
            #expect(try stored("plugin/numbering/late") == nil, "nothing is stored while the user is opted out")
            #expect(analytics.optIn())
        }
        analytics.track(name: "B")
        #expect(analytics.close())
        #expect(try stored() == "1", "it begins anew")
    }

    @Test func anErasureOfAnotherProcessEmptiesTheMemory() throws {
        let asleep = make()
        asleep.track(name: "A")
        #expect(asleep.store(timeout: .seconds(10)) == nil)
        let other = Analytics(configuration: .test(directory).delivers(false))
        other.forget()
        #expect(other.store(timeout: .seconds(10)) == nil)
        #expect(other.close())
        asleep.track(name: "B")
        _ = asleep.store(timeout: .seconds(10))
        asleep.track(name: "C")
        #expect(asleep.store(timeout: .seconds(10)) == nil)
        // It may have heard of the erasure before B, or when it stored B.
        let number = asleep.find(Numbering.self)?.read { (try? $0.storage?.value("number"))??.intValue } ?? nil
        #expect(number == 1 || number == 2, "it does not go on from 1")
        #expect(asleep.close())
    }

    @Test func aRehearsalStoresNothing() throws {
        let before = make()
        before.track(name: "A")
        #expect(before.close())
        var configuration = Configuration.test(directory)
        configuration.isRehearsal = true
        let analytics = Analytics(configuration: configuration, plugins: [Numbering(notes), RecordingDestination()])
        guard case .stored(let events) = try analytics.rehearse(Event(name: "B", at: configuration.clock.moment)) else {
            Issue.record("the event was dropped")
            return
        }
        #expect(events.first?.contains(#""number":2"#) == true, "it reads what is stored")
        #expect(analytics.close())
        #expect(try stored() == "1")
    }

    @Test func worksWithAStoreInMemory() throws {
        let path = "\(directory.path)/state"
        creat(path, 0o600)
        let delivery = RecordingDelivery()
        let analytics = Analytics(
            configuration: Configuration.test(directory).stateDirectory(path),
            plugins: [Numbering(notes), RecordingDestination(delivery)])
        for _ in 1...2 {
            analytics.track(name: "A")
            #expect(analytics.flush(timeout: .seconds(10)).queued == 0)
        }
        #expect(delivery.bodies.map { $0["properties"]?.objectValue?["number"] } == [1, 2])
        #expect(notes.current.isEmpty)
        _ = analytics.close()
    }

    @Test func aPluginIsTestedWithAStorageOfItsOwn() throws {
        let plugin = Numbering(notes)
        plugin.storage = PluginStorage()
        var event = Event(name: "A", at: SystemClock.system.moment)
        for _ in 1...2 { _ = plugin.execute(&event) }
        #expect(event.properties["number"] == 2)
    }
}
