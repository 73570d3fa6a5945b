// SPDX-License-Identifier: MIT
import CSystem
import Footfall

/// A clock that stands still until it is moved.
package final class TestClock: Sendable {
    private let time: Guarded<(wall: Int64, boot: Int64)>
    package let bootID: String
    private let notBefore: Int64
    private let isSynchronized = Guarded(false)

    /// - Parameter notBefore: A wall time before this is wrong.
    package init(wall: Int64 = 1_700_000_000_000, bootID: String = "boot", notBefore: Int64 = 0) {
        // Boot time goes on for the threads' own sleeping.
        time = Guarded((wall, 0))
        self.bootID = bootID
        self.notBefore = notBefore
    }

    /// The wall time now, in milliseconds since 1970.
    package var wall: Int64 { time.current.wall }

    /// Time passes, on both clocks.
    package func advance(_ duration: Duration) {
        time.read {
            $0.wall += duration.nanoseconds / 1_000_000
            $0.boot += duration.nanoseconds
        }
    }

    /// The wall clock is set.
    package func step(_ duration: Duration) { time.read { $0.wall += duration.nanoseconds / 1_000_000 } }

    /// Whether a time service keeps the wall clock right from now on.
    package func synchronize(_ isSynchronized: Bool) { self.isSynchronized.read { $0 = isSynchronized } }

    package var clock: SystemClock {
        SystemClock(
            wall: { [time] in Timestamp(milliseconds: time.current.wall) },
            boot: { [time] in footfall_boot_nanoseconds() + time.current.boot }, bootID: bootID,
            notBefore: Timestamp(milliseconds: notBefore),
            isSynchronized: { [isSynchronized] in isSynchronized.current })
    }
}
