// SPDX-License-Identifier: MIT

/// Decides by repeated looks whether the pipeline is in one call of a plugin for too long. Pure.
///
/// The pipeline reads no clock when it calls a plugin. So the begin of a call is known only to
/// lie between two looks.
struct BlockDetector {
    /// Where the pipeline was at a look. Two looks at one call are equal.
    struct Sample: Equatable {
        var plugin: UInt64
        /// The calls that the plugin got without an event.
        var calls: UInt64
        /// The events that the plugin got.
        var events: Int64
    }

    /// What a look found.
    enum Finding: Equatable {
        case nothing
        /// The plugin has not returned since this time, in nanoseconds since boot.
        case blocked(plugin: UInt64, since: Int64)
        /// The plugin that blocked has returned.
        case returned
    }

    /// A round of the pipeline takes milliseconds; one that takes longer is looked at.
    static let firstLook = Duration.seconds(1).nanoseconds
    /// How often it is looked at then.
    static let interval = Duration.milliseconds(250).nanoseconds
    /// How often a plugin that blocks is looked at.
    static let blockedInterval = Duration.seconds(1).nanoseconds
    /// After so long a plugin blocks. A call of two seconds is found before it returns, although
    /// its begin is known to a quarter of a second only.
    static let limit = Duration.milliseconds(1_750).nanoseconds

    private var last: Sample?
    private var since: Int64 = 0
    private var lastLook: Int64 = .min
    /// Whether a plugin blocks, as the last look found.
    private(set) var isBlocked = false

    /// - Parameters:
    ///   - sample: `nil` when the pipeline is in no plugin.
    ///   - now: Nanoseconds since boot.
    mutating func look(_ sample: Sample?, at now: Int64) -> Finding {
        defer { lastLook = now }
        guard let sample, sample == last else {
            last = sample
            // Looks may lie far apart when only calls of the host look.
            since = max(lastLook, now - Self.interval)
            return leave()
        }
        guard !isBlocked, now - since >= Self.limit else { return .nothing }
        isBlocked = true
        return .blocked(plugin: sample.plugin, since: since)
    }

    /// The pipeline has left all plugins.
    mutating func end() -> Finding {
        last = nil
        return leave()
    }

    private mutating func leave() -> Finding {
        defer { isBlocked = false }
        return isBlocked ? .returned : .nothing
    }
}
