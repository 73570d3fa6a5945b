// SPDX-License-Identifier: MIT

/// Why an event is not delivered.
public struct DropReason: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A call that is no event: without a name, say.
    public static let invalid = DropReason(rawValue: "invalid")
    /// More came than the spool and the memory hold.
    public static let overflow = DropReason(rawValue: "overflow")
    /// Larger than 32 KiB.
    public static let tooLarge = DropReason(rawValue: "tooLarge")
    /// A plugin or a closure dropped it.
    public static let plugin = DropReason(rawValue: "plugin")
    /// Its `integrations` refuse every destination there is.
    public static let unrouted = DropReason(rawValue: "unrouted")
    /// The store was full: it made room for newer or more important ones.
    public static let evicted = DropReason(rawValue: "evicted")
    /// Older than is kept.
    public static let expired = DropReason(rawValue: "expired")
    /// A dead letter that made room for newer ones.
    public static let deadLetter = DropReason(rawValue: "deadLetter")
    /// The user opted out.
    public static let optedOut = DropReason(rawValue: "optedOut")
    /// Its destination was removed from the store.
    public static let destination = DropReason(rawValue: "destination")
    /// No mapping of its destination takes it.
    public static let unmapped = DropReason(rawValue: "unmapped")
    /// A record in a spool was not what was written.
    public static let damaged = DropReason(rawValue: "damaged")
}
