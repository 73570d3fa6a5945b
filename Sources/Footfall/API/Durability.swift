// SPDX-License-Identifier: MIT

/// What an event survives once the call has returned.
public enum Durability: Sendable {
    /// The event survives the death of the process, such as `kill -9`: it is in the
    /// process's spool.
    case process
    /// The event survives nothing yet: it is in memory, and stored within 10 ms.
    case deferred
    /// The event survives a power cut: it is in the store, and the disk confirmed that.
    ///
    /// The call waits for the disk: some milliseconds, on a slow card some tenths of a
    /// second, five seconds at most. After that the event is in the spool, and the error
    /// handler is told. In a plugin this is the same as ``process``.
    case immediate

    /// Whether the event is in the spool when the call returns.
    var usesSpool: Bool { self != .deferred }
}

extension Durability {
    /// The names in a configuration file, for messages.
    static let configurable = "deferred, process and immediate"

    /// The value of `durability` in a configuration file; `nil` for another text.
    init?(configured name: String) {
        switch name {
        case "deferred": self = .deferred
        case "process": self = .process
        case "immediate": self = .immediate
        default: return nil
        }
    }
}
