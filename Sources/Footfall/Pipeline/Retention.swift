// SPDX-License-Identifier: MIT
import FootfallStore

/// Keeps the store within its limits: old events expire, and a full store makes room for
/// newer ones.
struct Retention {
    /// Events that were removed, and whether there is no room for those that come.
    struct Removal {
        var expired: Int64 = 0
        var evicted: Int64 = 0
        var isFull = false
        /// Their rows.
        var removed: [(rows: [Int64], reason: DropReason)] = []
    }

    private var lived = LivedTime()

    /// How long the machine was up since the store was made, in milliseconds.
    mutating func now(_ store: Store, _ clock: SystemClock) throws(StoreError) -> Int64 {
        try lived.advance(store, bootID: clock.bootID, bootNanoseconds: clock.boot())
    }

    /// Inside a transaction, after ``now(_:_:)``.
    ///
    /// - Parameters:
    ///   - count: How many events are to be stored.
    ///   - bytes: How many bytes their bodies have.
    ///   - mayEvict: Whether the oldest events of the lowest priority may go.
    mutating func makeRoom(
        for count: Int, bytes: Int, mayEvict: Bool, _ store: Store
    ) throws(StoreError) -> Removal {
        var result = Removal()
        try removeExpired(store, &result)
        guard count > 0 else { return result }
        let coming = Int64(count)
        // A third more for pages that are not full.
        let comingBytes = Int64(bytes) * 4 / 3
        while true {
            let rows = try store.counters.value(CounterTable.rows)
            let used = try store.bytesInUse()
            let isFull = rows + coming > store.limits.events || used + comingBytes > store.limits.databaseBytes
            guard rows > 0, isFull else { return result }
            guard mayEvict else {
                result.isFull = true
                return result
            }
            // A fiftieth more goes, so that not every batch has to make room.
            let surplus = max(rows + coming - store.limits.events, 0) + max(rows / 50, 1)
            let least = try store.events.leastWanted(Int(min(surplus, Int64(Limits.evictedAtOnce))))
            guard !least.isEmpty else {
                // The counter is wrong, as in a store that was damaged.
                try store.counters.add(-rows, to: CounterTable.rows)
                return result
            }
            result.evicted += try store.discard(least)
            result.removed.append((least.map(\.id), .evicted))
        }
    }

    private mutating func removeExpired(_ store: Store, _ result: inout Removal) throws(StoreError) {
        guard let before = lived.expiry(of: store.limits.age) else { return }
        while true {
            let old = try store.events.stored(before: before, limit: Limits.evictedAtOnce)
            guard !old.isEmpty else { return }
            result.expired += try store.discard(old)
            result.removed.append((old.map(\.id), .expired))
        }
    }
}
