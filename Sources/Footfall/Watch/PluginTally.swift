// SPDX-License-Identifier: MIT
import Synchronization

/// What one plugin did since its client has it.
///
/// The pipeline's thread counts, any thread reads. Plain loads and stores of atomic numbers
/// take a nanosecond; an atomic addition would take ten times as long.
final class PluginTally: Sendable {
    /// The numbers of a plugin.
    struct Numbers: Sendable, Equatable {
        /// Events that the plugin was given; for a destination without hooks, those that it took.
        var events: Int64 = 0
        /// Events that it dropped.
        var drops: Int64 = 0
        /// How often it threw.
        var errors: Int64 = 0
        /// Calls whose time was taken: the first, and then one in ``PluginTally/interval``.
        var timed: Int64 = 0
        /// Nanoseconds of these calls together.
        var time: Int64 = 0
        /// Nanoseconds of the longest of these calls.
        var longest: Int64 = 0

        /// What was counted after `earlier`. The longest call may be an earlier one.
        func since(_ earlier: Numbers) -> Numbers {
            Numbers(
                events: events - earlier.events, drops: drops - earlier.drops, errors: errors - earlier.errors,
                timed: timed - earlier.timed, time: time - earlier.time, longest: longest)
        }

        /// The sums may come from a damaged store, and be of any size.
        mutating func add(_ other: Numbers) {
            func sum(_ left: Int64, _ right: Int64) -> Int64 {
                let (sum, overflow) = left.addingReportingOverflow(right)
                return overflow ? .max : sum
            }
            events = sum(events, other.events)
            drops = sum(drops, other.drops)
            errors = sum(errors, other.errors)
            timed = sum(timed, other.timed)
            time = sum(time, other.time)
            longest = max(longest, other.longest)
        }
    }

    /// The time of one call in so many is taken: reading the clock takes as long as a plugin.
    static let interval: Int64 = 64

    let id: UInt64
    let name: String
    let version: String?
    private let events = Atomic<Int64>(0)
    private let drops = Atomic<Int64>(0)
    private let errors = Atomic<Int64>(0)
    private let timed = Atomic<Int64>(0)
    private let time = Atomic<Int64>(0)
    private let longest = Atomic<Int64>(0)

    init(_ plugin: any Plugin, id: UInt64) {
        self.id = id
        name = plugin.name
        version = plugin.version
    }

    /// The numbers now. Those of a call that is under way may be counted in part.
    var numbers: Numbers {
        Numbers(
            events: events.load(ordering: .relaxed), drops: drops.load(ordering: .relaxed),
            errors: errors.load(ordering: .relaxed), timed: timed.load(ordering: .relaxed),
            time: time.load(ordering: .relaxed), longest: longest.load(ordering: .relaxed))
    }

    // MARK: - The pipeline's thread

    /// Counts an event.
    ///
    /// - Returns: whether the time of the call is to be taken.
    @inline(__always)
    @discardableResult
    func countEvent() -> Bool {
        let before = events.load(ordering: .relaxed)
        events.store(before &+ 1, ordering: .relaxed)
        return before & (Self.interval - 1) == 0
    }

    func countDrop() { Self.add(1, to: drops) }

    func countError() { Self.add(1, to: errors) }

    /// - Parameter nanoseconds: How long a call took.
    func took(_ nanoseconds: Int64) {
        Self.add(1, to: timed)
        Self.add(max(nanoseconds, 0), to: time)
        if nanoseconds > longest.load(ordering: .relaxed) { longest.store(nanoseconds, ordering: .relaxed) }
    }

    private static func add(_ count: Int64, to sum: borrowing Atomic<Int64>) {
        sum.store(sum.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }
}
