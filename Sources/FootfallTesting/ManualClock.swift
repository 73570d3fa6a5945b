// SPDX-License-Identifier: MIT
import CSystem
import Footfall

/// A clock that a test turns by hand.
///
/// ```swift
/// let client = ScratchClient(plugins: [AmplitudeSession()])
/// client.clock.advance(.seconds(31 * 60))
/// ```
///
/// The wall time stands still until a test changes it; it begins on 14 November 2023 at
/// 22:13:20 UTC. The time since boot goes on by itself, because threads sleep by it. All
/// methods may be called from any thread.
public final class ManualClock: Sendable {
    private let time: Guarded<(wall: Int64, boot: Int64)>
    private let isSynchronized = Guarded(false)
    package let bootID: String
    private let notBefore: Int64

    /// A clock that shows 14 November 2023, 22:13:20 UTC.
    public convenience init() { self.init(wall: 1_700_000_000_000) }

    /// - Parameters:
    ///   - wall: Milliseconds since 1970.
    ///   - notBefore: A wall time before this is wrong.
    package init(wall: Int64, bootID: String = "boot", notBefore: Int64 = 0) {
        time = Guarded((wall, 0))
        self.bootID = bootID
        self.notBefore = notBefore
    }

    /// The wall time.
    public var now: Timestamp { Timestamp(milliseconds: wall) }

    /// The wall time now, in milliseconds since 1970.
    package var wall: Int64 { time.current.wall }

    /// Lets time pass, on the wall clock and since boot.
    ///
    /// What is due by then is done with the next call of the client, such as a flush.
    public func advance(_ duration: Duration) {
        time.read {
            $0.wall += duration.nanoseconds / 1_000_000
            $0.boot += duration.nanoseconds
        }
    }

    /// Sets the wall clock forward, or back with a negative duration; no time passes.
    public func step(_ duration: Duration) { time.read { $0.wall += duration.nanoseconds / 1_000_000 } }

    /// Whether a time service keeps the wall clock right from now on.
    package func synchronize(_ isSynchronized: Bool) { self.isSynchronized.read { $0 = isSynchronized } }

    package var clock: SystemClock {
        SystemClock(
            wall: { [time] in Timestamp(milliseconds: time.current.wall) },
            boot: { [time] in ftf_boot_nanoseconds() + time.current.boot }, bootID: bootID,
            notBefore: Timestamp(milliseconds: notBefore),
            isSynchronized: { [isSynchronized] in isSynchronized.current })
    }
}

extension Configuration {
    /// Sets the clock that the client reads. For tests.
    public func clock(_ clock: ManualClock) -> Configuration { self.clock(clock.clock) }
}
