// SPDX-License-Identifier: MIT

/// What was done since a flush began, added up destination by destination: the client's
/// destinations, and their rows in the store, may change meanwhile. Pure.
///
/// Invariant: ``done`` never falls.
struct FlushProgress {
    private(set) var done = DeliverySums.Total()
    /// The totals at the last look, by the destination's bit.
    private var last: [Int64: DeliverySums.Total] = [:]

    /// Whether the destination's total is known, so that what comes after it is counted.
    func knows(_ destination: Int64) -> Bool { last[destination] != nil }

    /// Adds what was done since the last look.
    ///
    /// A destination begins with its total at its first look. What a destination did before it was
    /// removed stays in the sums.
    mutating func look(at sums: DeliverySums) {
        for (destination, total) in sums.totals {
            if let before = last[destination] { add(total, since: before) }
            last[destination] = total
        }
    }

    private mutating func add(_ total: DeliverySums.Total, since before: DeliverySums.Total) {
        // A number falls when a row is made anew, and that of the dead letters also when they are tried again.
        done.delivered += max(total.delivered - before.delivered, 0)
        done.dropped += max(total.dropped - before.dropped, 0)
        done.deadLettered += max(total.deadLettered - before.deadLettered, 0)
    }
}
