// SPDX-License-Identifier: MIT

/// The result of ``Analytics/flush(timeout:)``.
public struct FlushReport: Sendable, Equatable {
    /// Events that destinations accepted since the flush began, from any process.
    public var delivered: Int64 = 0
    /// Events that still wait, counted once for each destination.
    public var queued: Int64 = 0
    /// Events that were dropped or became dead letters since the flush began.
    public var dropped: Int64 = 0
    /// Whether every event that still waits is for a destination that is blocked or refuses.
    public var isBlocked = false
    /// Why events still wait, one line for each reason.
    ///
    /// When the store cannot be read the numbers are unknown: they are 0.
    public var problems: [String] = []

    /// Whether it is known that no event waits.
    public var isDelivered: Bool { queued <= 0 && problems.isEmpty }

    init() {}

    init(problem: String) { problems = [problem] }
}
