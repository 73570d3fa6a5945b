// SPDX-License-Identifier: MIT

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
