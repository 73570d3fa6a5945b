// SPDX-License-Identifier: MIT

/// A point in time on both clocks: the wall clock, which may step, and the time since
/// boot, which never does.
public struct Moment: Sendable, Hashable {
    /// The wall time, as the clock showed it.
    public var wall: Timestamp
    /// Nanoseconds since boot, counting suspend (`CLOCK_BOOTTIME`).
    public var bootNanoseconds: Int64
    /// The boot that `bootNanoseconds` counts from: `/proc/sys/kernel/random/boot_id`.
    public var bootID: String

    /// Makes a moment from the readings of both clocks.
    public init(wall: Timestamp, bootNanoseconds: Int64, bootID: String) {
        self.wall = wall
        self.bootNanoseconds = bootNanoseconds
        self.bootID = bootID
    }
}

extension Moment {
    /// The wall time less the time since boot, in milliseconds.
    var offset: Int64 { wall.milliseconds &- bootNanoseconds / 1_000_000 }
}

extension SystemClock {
    /// Now, on both clocks.
    package var moment: Moment { Moment(wall: wall(), bootNanoseconds: boot(), bootID: bootID) }
}

extension Event {
    /// When the clock stamped the event; `nil` when the caller gave its time.
    ///
    /// - Parameter clock: The clock of this boot.
    func stamp(by clock: SystemClock) -> Moment? {
        guard !hasGivenTimestamp, bootNanoseconds != 0 else { return nil }
        return Moment(wall: timestamp, bootNanoseconds: bootNanoseconds, bootID: bootID ?? clock.bootID)
    }
}
