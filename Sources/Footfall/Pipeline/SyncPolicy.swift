// SPDX-License-Identifier: MIT

/// Decides which commits wait for the disk, so that a power cut loses at most five seconds,
/// or half a second when many events are stored. Pure.
struct SyncPolicy {
    private var dirtySince: Int64?
    private var dirtyEvents = 0
    private var lastSync = Int64.min / 2

    /// Whether a power cut would lose something that is committed.
    var isDirty: Bool { dirtySince != nil }

    /// Nanoseconds since boot: when the next commit waits for the disk, although no event
    /// may come.
    var deadline: Int64 { dirtySince.map { $0 + Limits.syncDelay.nanoseconds } ?? .max }

    /// Whether the next commit, of so many events, waits for the disk.
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
