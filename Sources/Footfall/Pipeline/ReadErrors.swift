// SPDX-License-Identifier: MIT

/// Decides when errors of the disk mean that the database is damaged: when they go on for
/// 60 seconds although the file was opened again. Pure.
struct ReadErrors {
    private static let patience = Duration.seconds(60).nanoseconds
    /// Errors that are further apart than this are not related.
    private static let pause = Duration.seconds(120).nanoseconds

    private var first: Int64?
    private var last: Int64 = 0
    /// Whether data that cannot be read counts as damage.
    private(set) var areDamage = false

    /// Notes that reading failed.
    ///
    /// - Parameter now: Nanoseconds since boot.
    /// - Returns: whether the database counts as damaged.
    mutating func failed(at now: Int64) -> Bool {
        if first == nil || now - last > Self.pause { first = now }
        last = now
        areDamage = now - (first ?? now) > Self.patience
        return areDamage
    }
}
