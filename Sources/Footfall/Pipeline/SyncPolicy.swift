// SPDX-License-Identifier: MIT

/// Decides which commits wait for the disk, so that a power cut loses at most
/// five seconds, or half a second when much is stored.
struct SyncPolicy {
    private var dirtySince: Int64?
    private var dirtyEvents = 0
    private var lastSync = Int64.min / 2

    /// Whether something was committed that a power cut would lose.
    var isDirty: Bool { dirtySince != nil }

    /// When a commit that waits is due although nothing is to be stored.
    var deadline: Int64 { dirtySince.map { $0 + Limits.syncDelay.nanoseconds } ?? .max }

    /// Whether the next commit, of so many events, should wait.
    func shouldSync(events: Int, at now: Int64) -> Bool {
        guard now - lastSync >= Limits.syncInterval.nanoseconds else { return false }
        return dirtyEvents + events >= Limits.syncEvents || now >= deadline
    }

    mutating func committed(events: Int, synced: Bool, at now: Int64) {
        if synced {
            dirtySince = nil
            dirtyEvents = 0
            lastSync = now
        } else if events > 0 {
            dirtySince = dirtySince ?? now
            dirtyEvents += events
        }
    }
}
