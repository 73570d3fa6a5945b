// SPDX-License-Identifier: MIT
import FootfallStore

/// Gives destinations their rows in the store.
struct DestinationRegistrar {
    let gate: StoreGate

    /// Makes the rows that are missing and returns all there are.
    ///
    /// The first destination ever takes what was stored while there was none;
    /// a later one begins at the end.
    func register(_ wanted: [(name: String, key: String)]) throws(StoreError) -> [DestinationRow] {
        try gate.withStore { (store) throws(StoreError) in
            let there = try store.destinations.all()
            let missing = wanted.filter { name, _ in !there.contains { $0.name.isIdentical(to: name) } }
            guard !missing.isEmpty else { return there }
            return try store.transaction(.full) { (_) throws(StoreError) in
                try add(missing, store)
                return try store.destinations.all()
            }
        }
    }

    private func add(_ missing: [(name: String, key: String)], _ store: Store) throws(StoreError) {
        try store.destinations.removeImpossible()
        var rows = try store.destinations.all()
        let isFirst = rows.isEmpty
        let end = try store.counters.value(CounterTable.nextEvent) - 1
        for (name, key) in missing where !rows.contains(where: { $0.name.isIdentical(to: name) }) {
            let used = Set(rows.map(\.id))
            guard let id = (0..<Int64(DestinationTable.maximumCount)).first(where: { !used.contains($0) }) else {
                throw StoreError(
                    .system(0), "adding the destination \(name)",
                    "a store has at most \(DestinationTable.maximumCount) destinations; purge one that is gone")
            }
            try store.destinations.add(id: id, name: name, key: key, position: isFirst ? 0 : max(end, 0))
            rows = try store.destinations.all()
        }
        if isFirst { try claimStoredEvents(for: rows, store) }
    }

    /// Routes events that were stored without any destination.
    private func claimStoredEvents(for rows: [DestinationRow], _ store: Store) throws(StoreError) {
        var claims: [(id: Int64, routes: Int64)] = []
        try store.events.forEachUnclaimed { (id, body) throws(StoreError) in
            // It was written by this library; if it is damaged, the destination may judge.
            let event = try? EventReader.read(body)
            var routes: Int64 = 0
            for row in rows where event?.isRouted(to: row.key) ?? true { routes |= 1 << row.id }
            claims.append((id, routes))
        }
        var routed: [Int64: Int64] = [:]
        var unrouted: Int64 = 0
        for (id, routes) in claims {
            if routes == 0 {
                try store.events.remove(id)
                unrouted += 1
                continue
            }
            try store.events.setRoutes(routes, of: id)
            for row in rows where routes >> row.id & 1 == 1 { routed[row.id, default: 0] += 1 }
        }
        for (id, count) in routed { try store.destinations.addRouted(count, to: id) }
        try store.counters.add(-unrouted, to: CounterTable.rows)
        try store.counters.add(unrouted, to: CounterTable.droppedPrefix + DropReason.unrouted.rawValue)
    }
}
