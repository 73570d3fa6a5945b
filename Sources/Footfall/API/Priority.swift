// SPDX-License-Identifier: MIT

/// How important an event is. When the store is full, the oldest events of the lowest
/// priority are removed.
public enum Priority: Int, Sendable, Comparable {
    /// Removed first.
    case low = 0
    /// The default.
    case normal = 1
    /// Removed last, and stored at once without waiting for other events. The default of
    /// identify, group, alias, lifecycle events and session markers.
    case critical = 2

    /// Whether the left event is removed before the right one.
    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}
