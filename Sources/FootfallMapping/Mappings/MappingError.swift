// SPDX-License-Identifier: MIT

/// Why a mapping cannot be used: found when it is compiled, before any event.
package struct MappingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Every fault, each with its place:
    /// `/event_type/@path should be a string or a mapping directive but it is a number.`
    package var messages: [String]
    /// Whether the faults are of the mapping's parts; false when the root
    /// directive itself is unusable.
    package var isAboutParts = true

    package init(messages: [String], isAboutParts: Bool = true) {
        self.messages = messages
        self.isAboutParts = isAboutParts
    }

    package var description: String { messages.joined(separator: " ") }
}

/// Why a mapping gives nothing for one event.
package struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong: `@path: expected string, got number`.
    package var message: String

    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
