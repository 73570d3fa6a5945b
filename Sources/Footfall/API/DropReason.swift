// SPDX-License-Identifier: MIT

/// Why an event is not delivered.
public struct DropReason: RawRepresentable, Hashable, Sendable {
    /// The reason's name, as `tooLarge`.
    public let rawValue: String
    /// A reason by its name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A field is missing or wrong, for example the name.
    public static let invalid = DropReason(rawValue: "invalid")
    /// More was called than the spool and the memory hold.
    public static let overflow = DropReason(rawValue: "overflow")
    /// The event is larger than 32 KiB.
    public static let tooLarge = DropReason(rawValue: "tooLarge")
    /// A plugin or a closure dropped it.
    public static let plugin = DropReason(rawValue: "plugin")
    /// No destination takes the event: its `integrations` refuse those that there are.
    public static let unrouted = DropReason(rawValue: "unrouted")
    /// The store was full; newer or more important events took the room.
    public static let evicted = DropReason(rawValue: "evicted")
    /// The event was older than ``Configuration/maximumEventAge(_:)``.
    public static let expired = DropReason(rawValue: "expired")
    /// A dead letter was removed, by request or for newer ones.
    public static let deadLetter = DropReason(rawValue: "deadLetter")
    /// ``Analytics/purge()`` removed it.
    public static let purged = DropReason(rawValue: "purged")
    /// It was called while ``Analytics/isEnabled`` was false.
    public static let disabled = DropReason(rawValue: "disabled")
    /// It was called after ``Analytics/close(timeout:)``, or waited for a plugin in memory alone when
    /// the time of the close was over.
    public static let closed = DropReason(rawValue: "closed")
    /// The user opted out, or `DO_NOT_TRACK` is set.
    public static let optedOut = DropReason(rawValue: "optedOut")
    /// The user was forgotten: by ``Analytics/forget()``, or by another program on the
    /// store that records again.
    public static let forgotten = DropReason(rawValue: "forgotten")
    /// The event's destination was removed from the store.
    public static let destination = DropReason(rawValue: "destination")
    /// No mapping of its destination applies to the event.
    public static let unmapped = DropReason(rawValue: "unmapped")
    /// It is not dropped: it waits in the directory `held` for a plugin.
    static let held = DropReason(rawValue: "held")
    /// A record in a spool was damaged.
    public static let damaged = DropReason(rawValue: "damaged")
}
