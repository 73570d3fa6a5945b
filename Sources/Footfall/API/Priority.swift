// SPDX-License-Identifier: MIT

/// What goes first when the store is full: the oldest of the lowest priority.
public enum Priority: Int, Sendable, Comparable {
    case low = 0
    case normal = 1
    /// Also stored at once, without waiting for more: identify, group, alias,
    /// lifecycle and session markers.
    case critical = 2

    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}
