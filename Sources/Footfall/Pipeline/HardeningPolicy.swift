// SPDX-License-Identifier: MIT

/// Decides which commits wait for the disk, so that a power cut loses at most
/// five seconds, or half a second when much is stored.
struct HardeningPolicy {
    private var dirtySince: Int64?
    private var dirtyEvents = 0
    private var lastHardened = Int64.min / 2

    /// Whether something was committed that a power cut would lose.
    var isDirty: Bool { dirtySince != nil }

    /// When a commit that waits is due although nothing is to be stored.
    var deadline: Int64 { dirtySince.map { $0 + Limits.hardeningDelay.nanoseconds } ?? .max }

    /// Whether the next commit, of so many events, should wait.
    func shouldHarden(events: Int, at now: Int64) -> Bool {
        guard now - lastHardened >= Limits.hardeningInterval.nanoseconds else { return false }
        return dirtyEvents + events >= Limits.hardeningEvents || now >= deadline
    }

    mutating func committed(events: Int, hardened: Bool, at now: Int64) {
        if hardened {
            dirtySince = nil
            dirtyEvents = 0
            lastHardened = now
        } else if events > 0 {
            dirtySince = dirtySince ?? now
            dirtyEvents += events
        }
    }
}
