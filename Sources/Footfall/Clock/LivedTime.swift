// SPDX-License-Identifier: MIT
import FootfallStore

/// How long the machine was up since the store was made. The age of events is measured by
/// it, so that a step of the clock ages no event.
struct LivedTime {
    private static let markKey = "analytics.lived"
    /// Milliseconds. The stored time goes forward in steps, so that not every transaction
    /// writes it.
    private static let step: Int64 = 60_000

    private var known: (bootID: String, boot: Int64, lived: Int64)?
    private var lookedAt: Int64?

    /// Milliseconds, to the moment. Writes nothing.
    static func now(_ store: Store, bootID: String, bootNanoseconds: Int64) throws(StoreError) -> Int64 {
        let boot = max(bootNanoseconds / 1_000_000, 0)
        let lived = try store.counters.value(CounterTable.lived)
        guard let mark = try store.keyValue.text(markKey)?.split(separator: " "), mark.count == 2 else { return lived }
        return lived + (mark[0] == bootID ? max(boot - max(Int64(mark[1]) ?? boot, 0), 0) : boot)
    }

    /// Milliseconds, as of this transaction.
    mutating func advance(_ store: Store, bootID: String, bootNanoseconds: Int64) throws(StoreError) -> Int64 {
        let boot = max(bootNanoseconds / 1_000_000, 0)
        if let known, known.bootID == bootID, (0..<Self.step).contains(boot - known.boot) { return known.lived }
        let mark = try store.keyValue.text(Self.markKey)?.split(separator: " ")
        var lived = try store.counters.value(CounterTable.lived)
        var passed: Int64 = 0
        if let mark, mark.count == 2, mark[0] == bootID, let then = Int64(mark[1]) {
            passed = max(boot - max(then, 0), 0)
        } else if mark != nil {
            // The time since this boot began: how long the machine was off is not known.
            passed = boot
        }
        if passed >= Self.step || mark == nil {
            try store.counters.add(passed, to: CounterTable.lived)
            try store.keyValue.set(Self.markKey, "\(bootID) \(boot)")
            lived += passed
        }
        known = (bootID, boot, lived)
        return lived
    }

    /// Events that were stored before this time have reached an age; `nil` when that was
    /// checked a while ago.
    mutating func expiry(of age: Duration) -> Int64? {
        guard let lived = known?.lived else { return nil }
        if let lookedAt, lived - lookedAt < Limits.expiryInterval.nanoseconds / 1_000_000 { return nil }
        lookedAt = lived
        let before = lived - age.nanoseconds / 1_000_000
        return before > 0 ? before : nil
    }
}
