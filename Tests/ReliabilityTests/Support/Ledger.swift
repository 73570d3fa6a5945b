// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport

/// What a store says became of its events, with what is queued counted anew.
struct Ledger: CustomStringConvertible {
    private(set) var routed: Int64 = 0
    private(set) var delivered: [String: Int64] = [:]
    /// Dropped or dead letters, over all destinations.
    private(set) var dropped: Int64 = 0
    private(set) var lost: [String: Int64] = [:]
    /// By reason.
    private(set) var reasons: [String: Int64] = [:]
    private(set) var queued: Int64 = 0

    init(_ directory: String) throws {
        self = try inspect(directory) { store in
            var ledger = Ledger()
            for row in try store.destinations.all() {
                ledger.routed += row.routed
                ledger.delivered[row.name] = row.delivered
                ledger.lost[row.name] = row.dropped + row.deadLettered
                ledger.dropped += row.dropped + row.deadLettered
                ledger.queued += try store.events.queued(for: row.id, after: row.position)
            }
            for (name, value) in try store.counters.all() where name.hasPrefix(CounterTable.droppedPrefix) {
                ledger.reasons[String(name.dropFirst(CounterTable.droppedPrefix.count))] = value
            }
            return ledger
        }
    }

    private init() {}

    /// What is stored and neither sent, dropped nor queued.
    var difference: Int64 { routed - delivered.values.reduce(0, +) - dropped - queued }
    var isWhole: Bool { difference == 0 }

    var description: String {
        "\(routed) routed, \(delivered) delivered, \(dropped) dropped \(reasons), \(queued) queued"
    }
}
