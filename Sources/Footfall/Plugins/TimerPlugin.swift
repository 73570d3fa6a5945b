// SPDX-License-Identifier: MIT

/// A plugin that is called at a time of its choice.
///
/// Both members are used on the pipeline's thread.
public protocol TimerPlugin: Plugin {
    /// The next time to call ``timeReached(at:)``: nanoseconds since boot, counting
    /// suspend (`CLOCK_BOOTTIME`); `Int64.max` for never.
    ///
    /// It is read after each round of the pipeline, so it may change at any event.
    var nextTime: Int64 { get }
    /// ``nextTime`` is reached.
    ///
    /// - Returns: events to be stored.
    func timeReached(at moment: Moment) -> [Event]
}
