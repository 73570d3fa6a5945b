// SPDX-License-Identifier: MIT

/// Splits the text of a trigger into tokens, with the peculiarities of Segment's code:
/// strings have no escapes, `a>5` is an error but `a=5` is not, and `!=` needs white space
/// after it.
struct TriggerLexer {
    private let text: [Unicode.Scalar]
    private var index = 0

    private static let maximumTokenLength = 100_000

    private init(_ text: String) { self.text = Array(text.unicodeScalars) }

    /// The tokens, with an end marker as the last one. Identifiers joined by dots are one token.
    static func tokens(of text: String) throws(TriggerError) -> [Token] {
        var lexer = TriggerLexer(text)
        var tokens: [Token] = []
        while let token = try lexer.next() { tokens.append(token) }
        tokens.append(.end(at: lexer.index))
        return joined(tokens)
    }

    private static func joined(_ tokens: [Token]) -> [Token] {
        var result: [Token] = []
        var index = 0
        while index < tokens.count {
            var token = tokens[index]
            index += 1
            if token.kind == .identifier {
                while index + 1 < tokens.count, tokens[index].kind == .dot, tokens[index + 1].kind == .identifier {
                    token.value += "." + tokens[index + 1].value
                    index += 2
                }
            }
            result.append(token)
        }
        return result
    }

    private var current: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private func failure(_ problem: String) -> TriggerError { TriggerError(problem: problem, offset: index) }

    private mutating func next() throws(TriggerError) -> Token? {
        while let scalar = current, Self.isSpace(scalar) { index += 1 }
        guard let scalar = current else { return nil }
        let begin = index
        func token(_ kind: Token.Kind) -> Token { Token(kind: kind, value: String(scalar), offset: begin) }
        switch scalar {
        case ".": index += 1; return token(.dot)
        case "[", "]": index += 1; return token(.bracket)
        case ",": index += 1; return token(.comma)
        case "(": index += 1; return token(.parenthesisLeft)
        case ")": index += 1; return token(.parenthesisRight)
        case "=": index += 1; return token(.operation)
        case "\"", "'": return try string(scalar)
        case "!": return try negation()
        case "<", ">":
            index += 1
            guard accept("=") else { return token(.operation) }
            return Token(kind: .operation, value: "\(scalar)=", offset: begin)
        case "+", "-": return try number()
        case _ where Self.isDigit(scalar): return try number()
        case _ where Self.isLetter(scalar) || scalar == "_" || scalar == "\\": return try word()
        default: throw failure("'\(scalar)' is not allowed here")
        }
    }

    private mutating func negation() throws(TriggerError) -> Token {
        let begin = index
        index += 1
        if let scalar = current, Self.isLetter(scalar) || scalar == "(" {
            return Token(kind: .operation, value: "!", offset: begin)
        }
        guard accept("=") else { throw failure("'!' must be followed by '=' and a space, or by contains or match") }
        return Token(kind: .operation, value: "!=", offset: begin)
    }

    private mutating func word() throws(TriggerError) -> Token {
        let begin = index
        let rest: String
        let kind: Token.Kind
        switch text[index] {
        case "a": (rest, kind) = ("nd", .conditional)
        case "o": (rest, kind) = ("r", .conditional)
        case "n": (rest, kind) = ("ull", .null)
        default: (rest, kind) = ("", .identifier)
        }
        guard !rest.isEmpty else { return try identifier(from: begin) }
        index += 1
        if accept(rest) {
            return Token(kind: kind, value: String(String.UnicodeScalarView(text[begin..<index])), offset: begin)
        }
        return try identifier(from: begin, startedWith: text[begin])
    }

    private mutating func identifier(
        from begin: Int, startedWith first: Unicode.Scalar? = nil
    ) throws(TriggerError) -> Token {
        var name = String.UnicodeScalarView()
        if let first { name.append(first) }
        while let scalar = current,
            Self.isLetter(scalar) || Self.isDigit(scalar) || "_-\\".unicodeScalars.contains(scalar)
        {
            index += 1
            if scalar == "\\" {
                guard let escaped = current else { throw failure("a character is missing after '\\'") }
                index += 1
                name.append(escaped)
            } else {
                name.append(scalar)
            }
            if index - begin > Self.maximumTokenLength { throw failure("the name is too long") }
        }
        if let scalar = current, !isTerminated, !".(=!".unicodeScalars.contains(scalar) {
            throw failure("a space is missing between the name \(String(name)) and '\(scalar)'")
        }
        return Token(kind: .identifier, value: String(name), offset: begin)
    }

    private mutating func number() throws(TriggerError) -> Token {
        let begin = index
        index += 1
        var hasPoint = false
        while let scalar = current, Self.isDigit(scalar) || scalar == "." {
            index += 1
            if scalar == "." {
                guard !isTerminated, !hasPoint else {
                    throw failure("the number has more than one point, or ends with one")
                }
                hasPoint = true
            }
            if index - begin > Self.maximumTokenLength { throw failure("the number is too long") }
        }
        return Token(kind: .number, value: String(String.UnicodeScalarView(text[begin..<index])), offset: begin)
    }

    /// A closing quote without a terminator after it also opens the next string.
    private mutating func string(_ quote: Unicode.Scalar) throws(TriggerError) -> Token {
        let begin = index
        index += 1
        guard let end = text[index...].firstIndex(of: quote) else {
            index = begin
            throw failure("the text is not closed by \(quote)")
        }
        guard end - index < Self.maximumTokenLength else { throw failure("the text is too long") }
        let content = String(String.UnicodeScalarView(text[index..<end]))
        index = end
        _ = accept(String(quote))
        return Token(kind: .text, value: "\(quote)\(content)\(quote)", offset: begin)
    }

    /// Moves past a word, if it is here with a terminator after it. When the trigger ends
    /// inside the word, the rest of the trigger is skipped, as in Segment's code.
    private mutating func accept(_ word: String) -> Bool {
        let begin = index
        for expected in word.unicodeScalars {
            guard let scalar = current else { return false }
            guard scalar == expected else {
                index = begin
                if isCutShort(word.unicodeScalars.count) { index = text.count }
                return false
            }
            index += 1
        }
        if isTerminated { return true }
        index = begin
        return false
    }

    /// Whether fewer than `count` scalars are left, without a terminator among them.
    private func isCutShort(_ count: Int) -> Bool {
        text.count - index < count && !text[index...].contains { Self.isTerminator($0) }
    }

    private var isTerminated: Bool { current.map(Self.isTerminator) ?? true }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\n" }

    private static func isTerminator(_ scalar: Unicode.Scalar) -> Bool {
        isSpace(scalar) || scalar == "," || scalar == "]" || scalar == ")"
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
}
