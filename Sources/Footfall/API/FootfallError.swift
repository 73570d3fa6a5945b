// SPDX-License-Identifier: MIT
import FootfallJSON

/// A problem that Footfall reports to its host.
///
/// Calls such as `track` throw nothing; problems go to
/// ``Configuration/errorHandler(_:)``. Compare ``code`` with the constants of ``Code``.
/// Later versions may add codes, so expect others.
public struct FootfallError: Error, Sendable, CustomStringConvertible {
    /// The kind of a problem.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code's name, as `storeUnavailable`.
        public let rawValue: String
        /// A code by its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// An event was dropped because a field is missing or wrong.
        public static let invalidEvent = Code(rawValue: "invalidEvent")
        /// An event was dropped because it is larger than 32 KiB.
        public static let eventTooLarge = Code(rawValue: "eventTooLarge")
        /// The newest events were dropped because more were called than could be stored.
        public static let overflow = Code(rawValue: "overflow")
        /// The store cannot be opened or written.
        public static let storeUnavailable = Code(rawValue: "storeUnavailable")
        /// The spool cannot be written: events survive the process only once they are stored.
        public static let spoolUnavailable = Code(rawValue: "spoolUnavailable")
        /// libcurl is missing or cannot be used: events are stored, but not delivered.
        public static let transportUnavailable = Code(rawValue: "transportUnavailable")
        /// A destination did not accept a batch.
        public static let deliveryFailed = Code(rawValue: "deliveryFailed")
        /// The state directory cannot be used: events are kept in memory only.
        public static let storeInMemory = Code(rawValue: "storeInMemory")
        /// Other users could write to the state directory; its mode was changed so that they cannot.
        public static let storeExposed = Code(rawValue: "storeExposed")
        /// The store was damaged. A new one has what could be read of it.
        public static let storeRecovered = Code(rawValue: "storeRecovered")
        /// The clock was wrong: stored events got the time that servers or the machine's
        /// time service named.
        public static let clockCorrected = Code(rawValue: "clockCorrected")
        /// Servers contradict each other about the time: stored events keep theirs.
        public static let clockDisputed = Code(rawValue: "clockDisputed")
        /// The configuration cannot be used as it is.
        public static let invalidConfiguration = Code(rawValue: "invalidConfiguration")
        /// The user's opt-out cannot be read or written.
        public static let consentUnavailable = Code(rawValue: "consentUnavailable")
        /// A ``ThrowingPlugin`` threw; the event went on as it was.
        public static let pluginFailed = Code(rawValue: "pluginFailed")
        /// A plugin, or a closure of a call, has not returned for about two seconds: the events
        /// behind it wait. Each plugin is reported once.
        public static let pluginBlocked = Code(rawValue: "pluginBlocked")
        /// A plugin is off for a day, since the process died in it three times soon after its start.
        public static let pluginOff = Code(rawValue: "pluginOff")
        /// An event was set aside: the process died twice in a plugin at it, or it waits for a plugin.
        public static let eventHeld = Code(rawValue: "eventHeld")
        /// A value was refused because its plugin would keep more than 64 KiB; see
        /// ``PluginStorage``.
        public static let pluginStorageFull = Code(rawValue: "pluginStorageFull")
        /// A call was made after ``Analytics/close(timeout:)``. Only the first one is reported.
        public static let closed = Code(rawValue: "closed")
        /// A call that waits was made from a plugin.
        public static let wouldDeadlock = Code(rawValue: "wouldDeadlock")
    }

    /// The kind of the problem.
    public var code: Code
    /// What happened, where, and what to do about it. Passwords in addresses are shown as
    /// `***`.
    public var message: String
    /// The error that caused the problem, if one did.
    public var underlying: (any Error)?

    /// A problem to be reported, as with ``Analytics/report(_:)``.
    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = ShownText.withoutPasswords(message)
        self.underlying = underlying
    }

    /// The same as ``message``.
    public var description: String { message }
}

extension FootfallError: Equatable {
    /// Compares code and message.
    public static func == (left: FootfallError, right: FootfallError) -> Bool {
        left.code == right.code && left.message == right.message
    }
}

extension FootfallError {
    package static let overdue = FootfallError(.storeUnavailable, "what was called could not all be stored in time")

    static let closed = FootfallError(.storeUnavailable, "the client is closed")

    static let inMemory = FootfallError(
        .storeInMemory, "the event is in memory only, since the state directory cannot be used")

    static let withoutThread = FootfallError(
        .storeUnavailable, "no thread can be started, so nothing is stored yet; the next call tries again")

    /// Reported to a forked child that got no copy of the store.
    static let spoolOnly = FootfallError(
        .storeUnavailable,
        "this process was forked while events were being stored; its own are in its spool until another start takes them up"
    )
}
