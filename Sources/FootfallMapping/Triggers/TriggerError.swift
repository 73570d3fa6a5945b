// SPDX-License-Identifier: MIT

/// Why a text is no trigger: what is wrong, and at which character.
package struct TriggerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Kind: Sendable, Equatable {
        /// It cannot be read as conditions.
        case unreadable
        /// A field has no operator behind it.
        case missingOperator
        /// A field and an operator have no value behind them.
        case missingValue
    }

    package var kind: Kind
    /// What is wrong, as a part of a sentence.
    package var problem: String
    /// How many characters come before the fault.
    package var offset: Int

    package init(kind: Kind = .unreadable, problem: String, offset: Int) {
        self.kind = kind
        self.problem = problem
        self.offset = offset
    }

    package var description: String { "\(problem) (at character \(offset + 1))" }

    /// The words that Segment's servers have for it.
    package var originalText: String {
        switch kind {
        case .unreadable: "Cannot read properties of undefined (reading 'type')"
        case .missingOperator: "Operator token is missing"
        case .missingValue: "Value token is missing"
        }
    }
}
