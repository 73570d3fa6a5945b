// SPDX-License-Identifier: MIT

/// The six calls of the Segment specification.
public enum EventType: String, Sendable, CaseIterable {
    case track, identify, screen, page, group, alias
}

/// What goes first when the store is full: the oldest of the lowest priority.
public enum Priority: Int, Sendable, Comparable {
    case low = 0
    case normal = 1
    /// Also stored at once, without waiting for more: identify, group, alias,
    /// lifecycle and session markers.
    case critical = 2

    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}

/// What an event survives once the call has returned.
public enum Durability: Sendable {
    /// The death of the process (kill -9): it is in the process's spool.
    case process
    /// Nothing yet: it is handed over, and stored within 10 ms.
    case deferred
    /// A power cut: it is in the store, and the disk said so. The call waits for
    /// that: some milliseconds, on a slow card some tenths of a second, five
    /// seconds at most. What could not be stored by then is in the spool, and the
    /// error handler hears of it. In a plugin it is ``process``.
    case immediate

    /// Whether it is in the spool when the call returns.
    var usesSpool: Bool { self != .deferred }
}
