// SPDX-License-Identifier: MIT
import FootfallStore

/// Gives a destination's row the key that the destination really has.
///
/// A process that does not know the destination's type stored events for it by another key. Those
/// that refuse the right key are dropped: their caller did not want them to be sent there.
struct KeyCorrection {
    let row: DestinationRow
    let key: String

    /// The corrections that rows need.
    static func list(for wanted: [DestinationRegistrar.Wanted], in rows: [DestinationRow]) -> [KeyCorrection] {
        wanted.filter(\.isKeyKnown).compactMap { one in
            guard let row = rows.first(where: { $0.name.isIdentical(to: one.name) }), !row.key.isIdentical(to: one.key)
            else { return nil }
            return KeyCorrection(row: row, key: one.key)
        }
    }

    /// Inside a transaction.
    func run(_ store: Store) throws(StoreError) {
        try store.destinations.setKey(key, of: row.id)
        var unwanted: [Int64] = []
        // The bodies of events that were tried stay as they are, and so do their routes.
        try store.events.forEach(for: row.id, after: max(row.position, row.attempted), limit: .max) {
            id, body, isDeletion in
            // This library wrote the body. If it is damaged, the destination judges it.
            if !isDeletion, let event = try? EventReader.read(body), !event.isRouted(to: key) { unwanted.append(id) }
            return true
        }
        for id in unwanted { try store.unroute(id, from: row.id) }
        try store.destinations.addDropped(Int64(unwanted.count), to: row.id)
        try store.counters.add(Int64(unwanted.count), to: CounterTable.droppedPrefix + DropReason.unrouted.rawValue)
    }
}
