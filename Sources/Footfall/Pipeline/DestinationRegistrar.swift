// SPDX-License-Identifier: MIT
import FootfallStore

/// Gives destinations their rows in the store.
struct DestinationRegistrar {
    /// A destination that is to have a row.
    struct Wanted {
        var name: String
        /// Its key in `integrations`.
        var key: String
        /// Whether the program knows the destination's type. Otherwise the key is a guess, which a
        /// program that knows the type corrects.
        var isKeyKnown = true
    }

    let store: SerializedStore
    let directory: StateDirectory

    /// Adds the missing rows, corrects keys that were guessed, and returns all rows of the store.
    ///
    /// The first destination of a store gets the events that were stored before there was
    /// any; a later destination begins with the next event. If no bit is free, the bit of a
    /// destination that is gone is used again. For that no other process may have the store
    /// open: EBUSY is thrown if one has.
    ///
    /// - Parameter others: Other destinations of this process, whose rows stay.
    func register(
        _ wanted: [Wanted], besides others: [String] = []
    ) throws(StoreError) -> [DestinationRow] {
        if let rows = try addWithFreshBits(wanted) { return rows }
        return try store.withStoreAlone { (store) throws(StoreError) in
            try store.transaction(.full) { (_) throws(StoreError) in
                let there = try store.destinations.all()
                let missing = Self.missing(wanted, in: there)
                let short = missing.count - (try store.freeBits().count)
                if short > 0, try store.releaseBits(short, where: { isGone($0, besides: others) }) < short {
                    throw Self.full(missing.map(\.name))
                }
                try add(missing, store)
                try correctKeys(of: wanted, store)
                return try store.destinations.all()
            }
        }
    }

    private static func missing(_ wanted: [Wanted], in rows: [DestinationRow]) -> [Wanted] {
        wanted.filter { one in !rows.contains { $0.name.isIdentical(to: one.name) } }
    }

    /// Another process may have changed the rows since they were read, so they are read again.
    private func correctKeys(of wanted: [Wanted], _ store: Store) throws(StoreError) {
        for correction in KeyCorrection.list(for: wanted, in: try store.destinations.all()) {
            try correction.run(store)
        }
    }

    /// Adds the rows with bits that no destination ever had; `nil`, with nothing changed,
    /// when there are not enough of them.
    private func addWithFreshBits(
        _ wanted: [Wanted]
    ) throws(StoreError) -> [DestinationRow]? {
        try store.withStore { (store) throws(StoreError) in
            let there = try store.destinations.all()
            let missing = Self.missing(wanted, in: there)
            guard !missing.isEmpty || !KeyCorrection.list(for: wanted, in: there).isEmpty else { return there }
            return try store.transaction(.full) { (transaction: inout Store.Transaction) throws(StoreError) in
                guard try add(missing, store) else {
                    transaction.rollBack()
                    return nil
                }
                try correctKeys(of: wanted, store)
                return try store.destinations.all()
            }
        }
    }

    /// Whether no process delivers to a destination, so that no program seems to use it.
    private func isGone(_ row: DestinationRow, besides others: [String]) -> Bool {
        guard !others.contains(where: row.name.isIdentical) else { return false }
        if case .unheld = UploaderLock.holder(of: directory.uploaderLock(row.name)) { return true }
        return false
    }

    private static func full(_ names: [String]) -> StoreError {
        StoreError(
            .system(0), "adding the destination \(names.joined(separator: ", "))",
            "a store has room for \(DestinationTable.maximumCount), and each of those that are there has events, dead letters or a process that delivers; see footfall destinations, and drop one that is gone: footfall destinations drop NAME"
        )
    }

    /// - Returns: false when there is no free bit.
    @discardableResult
    private func add(_ missing: [Wanted], _ store: Store) throws(StoreError) -> Bool {
        try store.destinations.removeImpossible()
        var rows = try store.destinations.all()
        let isFirst = rows.isEmpty
        let last = try store.counters.value(CounterTable.nextEvent) - 1
        // Events that are stored for no destination yet go to these. The first destination
        // of a store begins with the first event.
        let unclaimed = try store.events.firstUnclaimed()
        let begin = isFirst ? 0 : unclaimed.map { max($0, 1) - 1 } ?? max(last, 0)
        var added: [DestinationRow] = []
        for one in missing where !rows.contains(where: { $0.name.isIdentical(to: one.name) }) {
            guard let id = try store.freeBits().first else { return false }
            try store.destinations.add(id: id, name: one.name, key: one.key, position: begin)
            rows = try store.destinations.all()
            added += rows.filter { $0.id == id }
        }
        if isFirst || unclaimed != nil { try claimStoredEvents(for: added, store, removesOthers: isFirst) }
        return true
    }

    /// Routes the events that were stored when there was no destination.
    private func claimStoredEvents(
        for rows: [DestinationRow], _ store: Store, removesOthers: Bool
    ) throws(StoreError) {
        var claims: [(id: Int64, routes: Routes)] = []
        try store.events.forEachUnclaimed { (id, body) throws(StoreError) in
            // This library wrote the body. If it is damaged, the destination judges it.
            let event = try? EventReader.read(body)
            claims.append((id, .routes(for: event?.integrations ?? [:], among: rows)))
        }
        var routed: [Int64: Int64] = [:]
        var unrouted: Int64 = 0
        for (id, routes) in claims {
            if routes.isEmpty, !removesOthers { continue }
            if routes.isEmpty {
                try store.events.remove(id)
                unrouted += 1
                continue
            }
            try store.events.setRoutes(routes.bits, of: id)
            for row in rows where routes.contains(row.id) { routed[row.id, default: 0] += 1 }
        }
        for (id, count) in routed { try store.destinations.addRouted(count, to: id) }
        try store.counters.add(-unrouted, to: CounterTable.rows)
        try store.counters.add(unrouted, to: CounterTable.droppedPrefix + DropReason.unrouted.rawValue)
    }
}
