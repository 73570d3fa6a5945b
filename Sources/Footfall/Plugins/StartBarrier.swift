// SPDX-License-Identifier: MIT

/// Decides when a client starts. Pure.
///
/// Before the start, plugins are only added: no plugin is started, called by a timer or a
/// descriptor, and no spool of an earlier process is adopted. So the order in which a host
/// adds its plugins does not decide which of them see the first events.
struct StartBarrier {
    /// Whether the client has started.
    private(set) var isLifted = false
    /// Nanoseconds since boot: when the client starts if no call comes.
    private(set) var liftsAt = Int64.max

    /// The client's thread began, with the first plugin or the first call.
    mutating func threadBegan(at now: Int64) {
        if !isLifted { liftsAt = min(liftsAt, now + Limits.linger.nanoseconds) }
    }

    /// The client starts.
    ///
    /// - Returns: false when it has started before.
    mutating func lift() -> Bool {
        guard !isLifted else { return false }
        isLifted = true
        liftsAt = .max
        return true
    }
}
