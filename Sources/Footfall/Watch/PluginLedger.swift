// SPDX-License-Identifier: MIT
import FootfallStore

/// The plugins of a client, and which of their numbers the store has. Pure.
///
/// The numbers go into transactions that take place anyway, at most once a minute, and at the
/// end of the client. So a process that dies loses the numbers of its last minute.
struct PluginLedger {
    /// What is to be added to the numbers in the store.
    struct Addition {
        fileprivate(set) var plugins: [PluginStatistics.Plugin] = []
        fileprivate var numbers: [UInt64: PluginTally.Numbers] = [:]
        fileprivate var begin: Int64 = 0
    }

    private struct Entry {
        /// The plugin's name, behind that of its destination.
        var name: String
        var tally: PluginTally
        /// What the store has.
        var stored = PluginTally.Numbers()
        var isRemoved = false
    }

    static let interval = Duration.seconds(60).nanoseconds
    /// The first numbers come earlier: a program may run for some seconds only.
    static let firstInterval = Duration.seconds(3).nanoseconds

    private var entries: [Entry] = []
    /// Nanoseconds since boot: when numbers may be stored.
    private var dueAt: Int64
    /// The client ends: the numbers are stored now.
    private var isEnding = false

    /// - Parameter creation: When the client was made, in nanoseconds since boot.
    init(creation: Int64) { dueAt = creation &+ Self.firstInterval }

    mutating func add(_ tally: PluginTally, of destination: String?) {
        let name = destination.map { "\($0)/\(tally.name)" } ?? tally.name
        entries.append(Entry(name: name, tally: tally))
    }

    /// The plugin's last numbers are stored with the others.
    mutating func remove(_ id: UInt64) {
        for index in entries.indices where entries[index].tally.id == id { entries[index].isRemoved = true }
    }

    func tally(_ id: UInt64) -> PluginTally? { entries.first { $0.tally.id == id }?.tally }

    mutating func end() { isEnding = true }

    /// What the next transaction is to add; `nil` for nothing, or not yet.
    ///
    /// - Parameter now: When, in nanoseconds since boot.
    func due(at now: Int64) -> Addition? {
        guard isEnding || now >= dueAt else { return nil }
        var addition = Addition()
        addition.begin = now
        var isNews = false
        for entry in entries {
            let numbers = entry.tally.numbers
            if numbers != entry.stored { isNews = true }
            addition.numbers[entry.tally.id] = numbers
            addition.plugins.append(
                PluginStatistics.Plugin(
                    name: entry.name, version: entry.tally.version, numbers: numbers.since(entry.stored)))
        }
        return isNews ? addition : nil
    }

    /// The store has it.
    mutating func stored(_ addition: Addition) {
        for index in entries.indices {
            if let numbers = addition.numbers[entries[index].tally.id] { entries[index].stored = numbers }
        }
        entries.removeAll { $0.isRemoved && $0.tally.numbers == $0.stored }
        dueAt = addition.begin &+ Self.interval
        isEnding = false
    }

    /// In a forked child: its parent stores what was counted so far.
    mutating func startAfreshInChild(at now: Int64) {
        for index in entries.indices { entries[index].stored = entries[index].tally.numbers }
        entries.removeAll(where: \.isRemoved)
        dueAt = now &+ Self.firstInterval
        isEnding = false
    }
}
