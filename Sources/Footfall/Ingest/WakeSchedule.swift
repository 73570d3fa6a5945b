// SPDX-License-Identifier: MIT

/// Decides when the pipeline looks into the mailbox, and when a caller wakes it. Pure.
///
/// While calls come fast the pipeline looks every few milliseconds by itself, so that no
/// caller has to wake it: in a virtual machine that costs a caller several microseconds.
struct WakeSchedule {
    /// Nanoseconds since boot: when what waits is taken.
    private(set) var due = Int64.max
    /// When the pipeline looks by itself.
    private var looksAt = Int64.max
    /// Whether the last round was large, so that more calls are expected.
    private var expectsMore = false
    private var eventsAtLastLook = 0

    private static let busyInterval = Limits.deferredLinger.nanoseconds

    /// Something waits until a time since boot; whether the pipeline must be woken for it.
    ///
    /// - Parameter tolerance: How much later the pipeline may look by itself.
    mutating func add(_ time: Int64, tolerance: Int64 = 0) -> Bool {
        due = min(due, time)
        guard time < looksAt, looksAt == .max || time + tolerance < looksAt else { return false }
        looksAt = time
        return true
    }

    /// Until when the pipeline may sleep.
    mutating func nextLook(at now: Int64, waiting events: Int) -> Int64 {
        guard due > now else { return due }
        let isBusy = expectsMore || events - eventsAtLastLook >= Limits.busyEvents
        expectsMore = false
        eventsAtLastLook = events
        looksAt = isBusy ? min(due, now + Self.busyInterval) : due
        return looksAt
    }

    /// What could not be taken waits until a time since boot.
    mutating func postpone(to time: Int64) { due = time }

    /// The pipeline took what waited.
    ///
    /// - Parameter events: How many still wait.
    mutating func taken(_ count: Int, waiting events: Int) {
        self = WakeSchedule()
        expectsMore = count >= Limits.busyEvents
        eventsAtLastLook = events
    }
}
