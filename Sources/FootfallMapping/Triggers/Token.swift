// SPDX-License-Identifier: MIT

/// A word of a trigger.
struct Token: Sendable, Equatable {
    enum Kind: Sendable {
        case identifier, dot, operation, conditional, text, number, null
        case bracket, parenthesisLeft, parenthesisRight, comma, end
    }

    var kind: Kind
    /// As it stands there, a text with its quotes.
    var value: String
    /// How many characters come before it.
    var offset: Int

    static func end(at offset: Int) -> Token { Token(kind: .end, value: "eos", offset: offset) }
}
