// SPDX-License-Identifier: MIT

/// Why a mapping cannot be compiled.
public struct MappingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Every fault, each with its place:
    /// `/event_type/@path should be a string or a mapping directive but it is a number.`
    public var messages: [String]
    /// Whether the faults are inside the mapping. False when the root directive itself cannot
    /// be used.
    package var isAboutParts = true

    package init(messages: [String], isAboutParts: Bool = true) {
        self.messages = messages
        self.isAboutParts = isAboutParts
    }

    /// The messages in one line.
    public var description: String { messages.joined(separator: " ") }
}
