// SPDX-License-Identifier: MIT

/// A token of a trigger.
struct Token: Sendable, Equatable {
    enum Kind: Sendable {
        case identifier, dot, operation, conditional, text, number, null
        case bracket, parenthesisLeft, parenthesisRight, comma, end
    }

    var kind: Kind
    /// The text of the token; a string includes its quotes.
    var value: String
    /// The number of Unicode scalars before it.
    var offset: Int

    static func end(at offset: Int) -> Token { Token(kind: .end, value: "eos", offset: offset) }
}
