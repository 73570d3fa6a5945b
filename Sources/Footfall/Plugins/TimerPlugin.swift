// SPDX-License-Identifier: MIT

/// A plugin that wants to be called at a time.
public protocol TimerPlugin: Plugin {
    /// When: nanoseconds since boot; `Int64.max` for never. It is asked after
    /// each round of the pipeline.
    var nextTime: Int64 { get }
    /// That time is reached. The events that are returned are stored.
    func timeReached(at moment: Moment) -> [Event]
}
