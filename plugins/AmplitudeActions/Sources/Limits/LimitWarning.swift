// SPDX-License-Identifier: MIT

/// A limit of Amplitude's that an event goes beyond.
package struct LimitWarning: Sendable, Equatable, CustomStringConvertible {
    /// The field, and the way into it: `event_properties.items`.
    package var field: String
    /// What Amplitude's rule is, and what it does.
    package var rule: String

    package var description: String { "\(field): \(rule)" }
}
