// SPDX-License-Identifier: MIT

/// The six calls of the Segment specification.
public enum EventType: String, Sendable, CaseIterable {
    /// Something happened.
    case track
    /// Says who the user is.
    case identify
    /// A screen was shown.
    case screen
    /// A page was shown.
    case page
    /// Says which group the user belongs to.
    case group
    /// Says that the user has a new id.
    case alias
}
