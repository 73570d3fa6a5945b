// SPDX-License-Identifier: MIT

/// What a flush came to.
public struct FlushReport: Sendable, Equatable {
    /// Events that destinations took since the flush began, by anybody.
    public var delivered: Int64 = 0
    /// Events that are left, over all destinations.
    public var queued: Int64 = 0
    /// Events that were dropped or dead-lettered since.
    public var dropped: Int64 = 0
    /// Whether all that is left waits for destinations that refuse or are wrong.
    public var isBlocked = false
    /// What stands in the way, one line each. With a problem that is about the
    /// client or the store the numbers may be unknown, and are 0 then.
    public var problems: [String] = []

    /// Whether nothing is left, and that is known.
    public var isDelivered: Bool { queued <= 0 && problems.isEmpty }

    init() {}

    init(problem: String) { problems = [problem] }
}
