// SPDX-License-Identifier: MIT

/// A limit of Amplitude's that an event goes beyond.
public struct LimitWarning: Sendable, Equatable, CustomStringConvertible {
    /// The field, and the way into it: `event_properties.items`.
    public var field: String
    /// What Amplitude's rule is, and what it does.
    public var rule: String

    public var description: String { "\(field): \(rule)" }
}
