// SPDX-License-Identifier: MIT
import FootfallJSON

/// A problem that Footfall tells its host of; nothing is ever thrown by `track`.
///
/// Compare ``code`` with the constants of ``Code``; the set is open, so handle
/// what you do not know.
public struct FootfallError: Error, Sendable, CustomStringConvertible {
    /// The kind of a problem.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// An event was not taken: it has no name, or is no event.
        public static let invalidEvent = Code(rawValue: "invalidEvent")
        /// An event is larger than 32 KiB.
        public static let eventTooLarge = Code(rawValue: "eventTooLarge")
        /// More events came than could be stored; the newest were dropped.
        public static let overflow = Code(rawValue: "overflow")
        /// The store cannot be opened or written.
        public static let storeUnavailable = Code(rawValue: "storeUnavailable")
        /// The spool cannot be written: events are safe only once they are stored.
        public static let spoolUnavailable = Code(rawValue: "spoolUnavailable")
        /// libcurl is not on this machine, or cannot be used: events are stored and not delivered.
        public static let transportUnavailable = Code(rawValue: "transportUnavailable")
        /// A destination did not take a batch.
        public static let deliveryFailed = Code(rawValue: "deliveryFailed")
        /// The store's directory cannot be used; events are in memory only.
        public static let storeInMemory = Code(rawValue: "storeInMemory")
        /// Other users could write to the store's directory; its rights were changed, and they cannot any more.
        public static let storeExposed = Code(rawValue: "storeExposed")
        /// The store was damaged and is replaced; what could be read of it is kept.
        public static let storeRecovered = Code(rawValue: "storeRecovered")
        /// Stored events were moved to the time that servers or the machine's time
        /// service named: the clock was wrong.
        public static let clockCorrected = Code(rawValue: "clockCorrected")
        /// Servers contradict each other about the time: no stored time is moved.
        public static let clockDisputed = Code(rawValue: "clockDisputed")
        /// The configuration is not usable as it is.
        public static let invalidConfiguration = Code(rawValue: "invalidConfiguration")
        /// Whether the user may be recorded cannot be read, or not be written.
        public static let consentUnavailable = Code(rawValue: "consentUnavailable")
        /// A call that waits was made from a plugin.
        public static let wouldDeadlock = Code(rawValue: "wouldDeadlock")
    }

    public var code: Code
    /// What happened, where, and what to do about it. Passwords in addresses are `***`.
    public var message: String
    /// What it was caused by, if that was an error.
    public var underlying: (any Error)?

    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = ShownText.withoutPasswords(message)
        self.underlying = underlying
    }

    public var description: String { message }
}

extension FootfallError: Equatable {
    /// The same kind of problem, told in the same words.
    public static func == (left: FootfallError, right: FootfallError) -> Bool {
        left.code == right.code && left.message == right.message
    }
}

extension FootfallError {
    package static let overdue = FootfallError(.storeUnavailable, "nothing could be stored in time")

    static let closed = FootfallError(.storeUnavailable, "the client is closed")

    /// What a forked child is told that got no copy of the store.
    static let spoolOnly = FootfallError(
        .storeUnavailable,
        "this process was forked while events were being stored; its own are in its spool until another start takes them up"
    )
}
