// SPDX-License-Identifier: MIT

/// Why a text is not a trigger, and at which character.
public struct TriggerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind of fault.
    package enum Kind: Sendable, Equatable {
        /// The text cannot be parsed.
        case unreadable
        /// A field has no operator after it.
        case missingOperator
        /// An operator has no value after it.
        case missingValue
    }

    package var kind: Kind
    /// The fault, as part of a sentence.
    public var problem: String
    /// The number of Unicode scalars before the fault.
    public var offset: Int

    package init(kind: Kind = .unreadable, problem: String, offset: Int) {
        self.kind = kind
        self.problem = problem
        self.offset = offset
    }

    /// The fault and the character, counted from 1.
    public var description: String { "\(problem) (at character \(offset + 1))" }

    /// The message of Segment's servers for this fault.
    package var originalText: String {
        switch kind {
        case .unreadable: "Cannot read properties of undefined (reading 'type')"
        case .missingOperator: "Operator token is missing"
        case .missingValue: "Value token is missing"
        }
    }
}
