// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

private final class Named: Plugin {
    let type = PluginType.enrichment
    let name: String
    let version: String?

    init(_ name: String, _ version: String? = nil) {
        self.name = name
        self.version = version
    }
}

@Suite struct PluginLedgerTests {
    private static let second: Int64 = 1_000_000_000
    private var ledger = PluginLedger(creation: 0)
    private let tally = PluginTally(Named("A"), id: 1)

    @Test mutating func storesTheNumbersAtMostOnceAMinute() throws {
        ledger.add(tally, of: nil)
        tally.countEvent()
        #expect(ledger.due(at: 1 * Self.second) == nil)
        let first = try #require(ledger.due(at: 3 * Self.second))
        ledger.stored(first)
        tally.countEvent()
        #expect(ledger.due(at: 62 * Self.second) == nil)
        let second = try #require(ledger.due(at: 63 * Self.second))
        #expect(second.plugins.map(\.numbers.events) == [1])
        // A transaction that failed is tried again with what there is then.
        tally.countEvent()
        #expect(try #require(ledger.due(at: 64 * Self.second)).plugins.map(\.numbers.events) == [2])
    }

    @Test mutating func storesThemAtTheEndAtAnyTime() {
        ledger.add(tally, of: nil)
        tally.countEvent()
        ledger.end()
        #expect(ledger.due(at: 0) != nil)
    }

    @Test mutating func writesNothingWhenNothingWasCounted() throws {
        ledger.add(tally, of: nil)
        ledger.end()
        #expect(ledger.due(at: 100 * Self.second) == nil)
    }

    @Test mutating func aPluginThatWasRemovedStoresItsLastNumbers() throws {
        ledger.add(tally, of: "hook")
        tally.countEvent()
        ledger.remove(1)
        ledger.end()
        let last = try #require(ledger.due(at: 0))
        #expect(last.plugins.map(\.name) == ["hook/A"])
        ledger.stored(last)
        #expect(ledger.tally(1) == nil)
    }

    @Test mutating func aForkedChildStoresWhatItCountsItself() throws {
        ledger.add(tally, of: nil)
        for _ in 0..<5 { tally.countEvent() }
        ledger.startAfreshInChild(at: 0)
        tally.countEvent()
        #expect(try #require(ledger.due(at: 3 * Self.second)).plugins.map(\.numbers.events) == [1])
    }

    // MARK: - The numbers in the store

    private func plugin(_ name: String, _ version: String? = nil, events: Int64, at: Int64 = 0)
        -> PluginStatistics.Plugin
    {
        PluginStatistics.Plugin(
            name: name, version: version,
            numbers: PluginTally.Numbers(
                events: events, drops: 1, errors: 2, timed: 3, time: 30, longest: 20 + min(events, 100)), at: at)
    }

    @Test func theNumbersOfProcessesAndOfPluginsOfOneNameAreAdded() {
        var statistics = PluginStatistics(nil)
        statistics.add([plugin("A", events: 1), plugin("B", events: 5), plugin("A", events: 2)], at: 7)
        statistics = PluginStatistics(statistics.text)
        statistics.add([plugin("A", events: 10)], at: 8)
        #expect(statistics.plugins.map(\.name) == ["A", "B"])
        #expect(
            statistics.plugins[0].numbers
                == PluginTally.Numbers(events: 13, drops: 3, errors: 6, timed: 9, time: 90, longest: 30))
        #expect(statistics.plugins.map(\.at) == [8, 7])
    }

    @Test func aNewVersionBeginsAnew() {
        var statistics = PluginStatistics(nil)
        statistics.add([plugin("A", "1", events: 100)], at: 7)
        statistics.add([plugin("A", "2", events: 3)], at: 8)
        #expect(statistics.plugins.map(\.version) == ["2"])
        #expect(statistics.plugins.map(\.numbers.events) == [3])
    }

    @Test func keepsSixtyFourPluginsThoseThatWereSeenLast() {
        var statistics = PluginStatistics(nil)
        for number in 0..<70 { statistics.add([plugin("P\(number)", events: 1)], at: Int64(number)) }
        #expect(statistics.plugins.map(\.name) == (6..<70).map { "P\($0)" })
    }

    @Test func survivesAnyText() {
        for text in [
            "", "[]", "{", #"{"plugins":7}"#, #"{"plugins":[{"name":"A","events":-5,"time":9223372036854775807}]}"#,
        ] {
            var statistics = PluginStatistics(text)
            statistics.add([plugin("A", events: .max)], at: 1)
            statistics.add([plugin("A", events: .max)], at: 1)
            #expect(statistics.plugins.map(\.numbers.events) == [.max])
        }
    }
}
