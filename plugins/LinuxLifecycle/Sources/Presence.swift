// SPDX-License-Identifier: MIT

/// Whether somebody can use the application, by all that is known of it. Pure.
package struct Presence: Sendable, Equatable {
    /// The host says that it has something to show.
    package var isShown = true
    /// The session is the one in front.
    package var isSessionActive = true
    package var isLocked = false
    /// Nobody has used the session for a while.
    package var isIdle = false
    package var isAsleep = false

    package init() {}

    package var isInUse: Bool { isShown && isSessionActive && !isLocked && !isIdle && !isAsleep }
}
