// SPDX-License-Identifier: MIT

/// Why a mapping fails for one event.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The fault, such as `@path: expected string, got number`.
    public var message: String

    package init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
