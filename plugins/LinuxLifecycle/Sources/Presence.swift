// SPDX-License-Identifier: MIT

/// Whether the application can be used, by everything that is known about it. Pure.
package struct Presence: Sendable, Equatable {
    /// Whether the host says that a window is shown.
    package var isShown = true
    /// Whether the login session is the one in front.
    package var isSessionActive = true
    package var isLocked = false
    /// Whether the login session was not used for a while.
    package var isIdle = false
    package var isAsleep = false

    package init() {}

    package var isInUse: Bool { isShown && isSessionActive && !isLocked && !isIdle && !isAsleep }
}
