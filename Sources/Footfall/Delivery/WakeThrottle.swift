// SPDX-License-Identifier: MIT

/// Decides whether a commit wakes the processes that deliver for this one. Pure.
///
/// The first commit that leaves something to deliver wakes them at once; further ones once a
/// second at most, since those processes know by then that events come.
struct WakeThrottle: Sendable {
    private var wasDue = false
    /// In nanoseconds since boot.
    private var touchedAt = Int64.min / 2
    private static let interval = Duration.seconds(1).nanoseconds

    /// - Parameters:
    ///   - isDue: Whether the commit left something to deliver.
    ///   - deliversAll: Whether this process delivers all of it.
    mutating func wakes(isDue: Bool, deliversAll: Bool, now: () -> Int64) -> Bool {
        defer { wasDue = isDue }
        guard isDue, !deliversAll else { return false }
        let now = now()
        guard !wasDue || now - touchedAt >= Self.interval else { return false }
        touchedAt = now
        return true
    }
}
