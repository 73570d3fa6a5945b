// SPDX-License-Identifier: MIT

// Taking a destination out of a store, and giving its bit to another.
extension Store {
    /// The key of the bits of removed destinations that may not be used again yet, the
    /// oldest first.
    private static let freedKey = "destinations.freed"

    /// Bits of removed destinations that may not be used again yet, the oldest first.
    package func freedBits() throws(StoreError) -> [Int64] {
        try (keyValue.text(Self.freedKey) ?? "").split(separator: " ").compactMap { Int64($0) }
            .filter { (0..<Int64(DestinationTable.maximumCount)).contains($0) }
    }

    private func setFreedBits(_ bits: [Int64]) throws(StoreError) {
        try keyValue.set(Self.freedKey, bits.isEmpty ? nil : bits.map { "\($0)" }.joined(separator: " "))
    }

    /// Removes a destination. Its events are dropped, and its sums are added to those of
    /// removed destinations. No other destination gets its bit yet, since running programs
    /// may still use it. Inside a transaction.
    ///
    /// - Returns: how many queued events and dead letters it had.
    package func removeDestination(
        _ row: DestinationRow
    ) throws(StoreError) -> (queued: Int64, deadLetters: Int64) {
        let queued = max(row.queued, 0)
        try counters.add(row.routed, to: CounterTable.removedRouted)
        try counters.add(row.delivered, to: CounterTable.removedDelivered)
        try counters.add(row.dropped + row.deadLettered + queued, to: CounterTable.removedDropped)
        try counters.add(queued + row.deadLettered, to: CounterTable.droppedPrefix + "destination")
        try counters.removeDestination(row.name)
        try destinations.remove(row.id)
        let gone = try events.forget(destination: row.id)
        try counters.add(-Int64(gone), to: CounterTable.rows)
        try setFreedBits(try freedBits().filter { $0 != row.id } + [row.id])
        return (queued, row.deadLettered)
    }

    /// The bits that a new destination may get: bits that were never used or were released.
    package func freeBits() throws(StoreError) -> [Int64] {
        let rows = try destinations.all()
        let freed = try freedBits()
        return (0..<Int64(DestinationTable.maximumCount)).filter { bit in
            !freed.contains(bit) && !rows.contains { $0.id == bit }
        }
    }

    /// Releases up to `wanted` bits of removed destinations. Inside a transaction, and only
    /// while no other process has the store open, since it might still route by them.
    ///
    /// - Parameter isRemoved: Whether a destination without events may be removed for this.
    /// - Returns: how many bits were released.
    package func releaseBits(
        _ wanted: Int, where isRemoved: (DestinationRow) -> Bool
    ) throws(StoreError) -> Int {
        var freed = try freedBits()
        if freed.count < wanted {
            // The destination whose last event is the oldest comes first.
            let candidates = try destinations.all().filter { $0.queued == 0 && $0.deadLettered == 0 && isRemoved($0) }
                .sorted { ($0.position, $0.id) < ($1.position, $1.id) }
            for row in candidates.prefix(wanted - freed.count) { _ = try removeDestination(row) }
            freed = try freedBits()
        }
        let released = freed.prefix(wanted)
        // A process may have stored events with the bit since its destination was removed.
        for bit in released {
            let gone = try events.forget(destination: bit)
            try counters.add(-Int64(gone), to: CounterTable.rows)
        }
        try setFreedBits(Array(freed.dropFirst(released.count)))
        return released.count
    }
}
