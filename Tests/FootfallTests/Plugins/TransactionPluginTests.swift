// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@_spi(Sessions) @testable import Footfall

/// Stamps an event in its first transaction, which is undone, and not in the second, as
/// when another process changed the session meanwhile.
private final class Wavering: TransactionPlugin {
    let type = PluginType.enrichment
    private var attempts = 0
    private var settled = 0

    func plan(for occurrence: Occurrence) -> [Event] { [] }
    func isTurn(_ occurrence: Occurrence) -> Bool { false }
    func begin(_ state: TransactionState) {
        attempts += 1
        settled = 0
    }
    func settle(_ occurrence: Occurrence, planned: [Event], _ state: TransactionState) -> Settlement {
        settled += 1
        guard attempts == 1 else { return .keep(withPlanned: !planned.isEmpty) }
        return settled == 1
            ? .stamp(withPlanned: false) : .plan([Event(type: .track, timestamp: Timestamp(milliseconds: 1))])
    }
    func stamp(_ event: inout Event) { event.anonymousId = "somebody else" }
    func end(_ state: TransactionState) {}
    func committed() {}
}

@Suite struct TransactionPluginTests {
    let directory = TemporaryDirectory()

    @Test func aTransactionThatIsUndoneLeavesNothingOnItsEvents() throws {
        let analytics = Analytics(configuration: .test(directory))
        analytics.add(plugin: Wavering())
        let installation = analytics.anonymousId
        // One call, so that both are in one transaction on a busy machine as well.
        let events = ["A", "B"].map { name in
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1))
            event.event = name
            return event
        }
        #expect(analytics.store(events).error == nil)
        #expect(analytics.close())
        let owners = try storedEvents(directory).filter { $0["event"] != nil }.map { $0["anonymousId"]?.stringValue }
        #expect(owners == [installation, installation])
    }
}
