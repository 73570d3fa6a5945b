// SPDX-License-Identifier: MIT

/// The result of ``Analytics/flush(timeout:)``.
///
/// It is about the destinations that this client has. A store may have others: those of other
/// programs, those that were taken out of a configuration, and those of a type that this program does
/// not know. Their events are in ``queuedElsewhere`` only, and no flush of this client waits for them.
public struct FlushReport: Sendable, Equatable {
    /// Events that wait for a destination that this client does not deliver to.
    public struct Backlog: Sendable, Equatable {
        /// The destination's name.
        public var destination: String
        /// How many events wait for it.
        public var queued: Int64
    }

    /// An event that a destination refused while a caller waited for it.
    package struct Refusal: Sendable, Equatable {
        package var destination: String
        package var reason: String
    }

    /// Events that destinations accepted since the flush began, from any process.
    public var delivered: Int64 = 0
    /// Events that still wait, counted once for each destination of this client. Without a
    /// destination: all events that wait for the first one.
    public var queued: Int64 = 0
    /// Events that became dead letters since the flush began: a destination refused them.
    /// ``DeadLetters`` has them.
    public var deadLettered: Int64 = 0
    /// Events that were dropped since the flush began. Dead letters are not among them.
    public var dropped: Int64 = 0
    /// The backlogs of destinations that are in the store and that this client does not deliver to.
    public var queuedElsewhere: [Backlog] = []
    /// When the first attempt for the events that wait is made, if it is not made at once: a
    /// server named a time, or the last attempt failed.
    public var nextAttempt: Timestamp?
    /// Whether every event that still waits is for a destination that is blocked or refuses.
    public var isBlocked = false
    /// Why events still wait, one line for each reason.
    ///
    /// When the store cannot be read the numbers are unknown: they are 0.
    public var problems: [String] = []
    /// What refused the events that the caller waited for.
    package var refusals: [Refusal] = []

    /// Whether it is known that no event waits for a destination of this client.
    ///
    /// Events that became dead letters do not wait any more, and events in
    /// ``queuedElsewhere`` do not count. False for a client without a destination, which
    /// delivers nothing.
    public var isDelivered: Bool { queued <= 0 && problems.isEmpty }

    package static let noDestination = "no destination is configured"

    init() {}

    package init(problem: String) { problems = [problem] }
}
