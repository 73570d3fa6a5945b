// SPDX-License-Identifier: MIT

/// Whether somebody can use the application, by all that is known of it. Pure.
public struct Presence: Sendable, Equatable {
    /// The host says that it has something to show.
    public var isShown = true
    /// The session is the one in front.
    public var isSessionActive = true
    public var isLocked = false
    /// Nobody has used the session for a while.
    public var isIdle = false
    public var isAsleep = false

    public init() {}

    public var isInUse: Bool { isShown && isSessionActive && !isLocked && !isIdle && !isAsleep }
}
