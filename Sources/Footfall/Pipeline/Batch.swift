// SPDX-License-Identifier: MIT

/// What one transaction stores.
struct Batch {
    var items: [PreparedItem] = []
    /// The spools whose records are in it, and the last number of each.
    private(set) var spoolMarks: [(id: String, last: Int64)] = []
    /// The identity, if the store does not have it yet.
    var identity: Identity?
    private(set) var drops: [DropReason: Int64] = [:]
    /// Added to the plugins' numbers in the store.
    var pluginNumbers: PluginLedger.Addition?
    /// Set in the key-value store.
    private(set) var values: [String: String] = [:]
    /// The rows of the destinations by which its events are routed.
    var rows = DestinationIDs()
    /// Whether the oldest events make room when the store is full.
    var mayEvict = true
    /// Events that a caller waits for and that were dropped before the transaction, by
    /// their place among those that the caller gave. See ``CommitOutcome/rejected``.
    private(set) var rejected: [(index: Int, reason: DropReason)] = []

    /// Asked at the end of its transaction: whether the caller that waits for it still does.
    var isStillWanted: () -> Bool = { true }

    /// Called when the batch is stored, or removed by an erasure.
    private(set) var whenStored: [() -> Void] = []

    /// Whether a commit would change nothing.
    var isEmpty: Bool {
        items.isEmpty && identity == nil && drops.isEmpty && values.isEmpty && whenStored.isEmpty
            && pluginNumbers == nil
    }

    mutating func whenStored(_ body: @escaping () -> Void) { whenStored.append(body) }

    /// Notes the last record that was read from a spool.
    mutating func mark(_ spool: String, _ last: Int64) {
        if let place = spoolMarks.lastIndex(where: { $0.id == spool }) {
            spoolMarks[place].last = last
        } else {
            spoolMarks.append((spool, last))
        }
    }

    mutating func removeMarks() { spoolMarks = [] }

    mutating func addDrops(_ counts: [DropReason: Int64]) { drops.merge(counts, uniquingKeysWith: +) }

    mutating func set(_ values: [String: String]) { self.values.merge(values) { _, new in new } }

    mutating func reject(_ index: Int, _ reason: DropReason) { rejected.append((index, reason)) }

    /// The events that a plugin wants to know of.
    var messageIds: [String] { items.compactMap(\.messageId) }

    /// Drops its events, and tells those that wait for one.
    mutating func dropItems(_ reason: DropReason) {
        for item in items { if let place = item.batchIndex { reject(place, reason) } }
        items = []
    }
}
