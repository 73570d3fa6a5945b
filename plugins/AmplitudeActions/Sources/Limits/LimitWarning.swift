// SPDX-License-Identifier: MIT

/// A limit of Amplitude that an event exceeds.
package struct LimitWarning: Sendable, Equatable, CustomStringConvertible {
    /// The path to the value, as `event_properties.items`.
    package var field: String
    /// Amplitude's rule, and what Amplitude does with the value.
    package var rule: String

    package var description: String { "\(field): \(rule)" }
}
