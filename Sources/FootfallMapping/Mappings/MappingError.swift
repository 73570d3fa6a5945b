// SPDX-License-Identifier: MIT

/// Why a mapping cannot be used: found when it is compiled, before any event.
public struct MappingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Every fault, each with its place:
    /// `/event_type/@path should be a string or a mapping directive but it is a number.`
    public var messages: [String]
    /// Whether the faults are of the mapping's parts; false when the root
    /// directive itself is unusable.
    public var isAboutParts = true

    public init(messages: [String], isAboutParts: Bool = true) {
        self.messages = messages
        self.isAboutParts = isAboutParts
    }

    public var description: String { messages.joined(separator: " ") }
}

/// Why a mapping gives nothing for one event.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong: `@path: expected string, got number`.
    public var message: String

    public init(_ message: String) { self.message = message }

    public var description: String { message }
}
