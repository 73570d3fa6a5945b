// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@_spi(Sessions) @testable import Footfall

private final class Plain: Plugin {
    let type: PluginType
    init(_ type: PluginType) { self.type = type }
}

private final class Decider: TransactionPlugin {
    let type = PluginType.enrichment
    func plan(for occurrence: Occurrence) -> [Event] { [] }
    func isTurn(_ occurrence: Occurrence) -> Bool { false }
    func begin(_ state: TransactionState) throws {}
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) throws -> Settlement {
        .keep(withPlanned: false)
    }
    func stamp(_ event: inout Event) {}
    func end(_ state: TransactionState) throws {}
    func committed() {}
}

/// What would be in the chain and do nothing is an error.
@Suite struct PluginRulesTests {
    private func problems(_ plugins: sending [any Plugin]) -> [String] {
        let directory = TemporaryDirectory()
        let errors = ErrorLog()
        let analytics = Analytics(configuration: Configuration.test(directory).errors(to: errors), plugins: plugins)
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.findAll(Plain.self).isEmpty, "a plugin that was not added is not found")
        #expect(analytics.close())
        #expect(errors.errors.allSatisfy { $0.code == .invalidConfiguration })
        return errors.errors.map(\.message)
    }

    @Test func namesAPlainPluginOfTheTypeDestination() {
        #expect(
            problems([Plain(.destination)]) == [
                "Plain was not added: its type is .destination, but it is no DestinationPlugin; make it one"
            ])
    }

    @Test func namesASecondSessionPlugin() {
        #expect(
            problems([Decider(), Decider()]) == [
                "Decider was not added: Decider decides about sessions already; remove one of them"
            ])
    }

    @Test func namesPluginsThatHaveNoPlaceInADestination() {
        let destination = RecordingDestination()
        destination.add(plugin: RecordingDestination(name: "inner"))
        destination.add(plugin: Decider())
        #expect(
            problems([destination]) == [
                "RecordingDestination was not added to recording: a destination has no destinations; add it to the client",
                "Decider was not added to recording: it decides for all destinations; add it to the client",
            ])
    }

    @Test func aSecondDestinationOfOneNameIsNotFound() {
        let directory = TemporaryDirectory()
        let analytics = Analytics(
            configuration: Configuration.test(directory).errors(to: ErrorLog()),
            plugins: [RecordingDestination(), RecordingDestination()])
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.findAll(RecordingDestination.self).count == 1)
        #expect(analytics.close())
    }
}
