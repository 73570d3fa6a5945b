// SPDX-License-Identifier: MIT

/// Why a mapping fails for one event.
package struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The fault, such as `@path: expected string, got number`.
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
