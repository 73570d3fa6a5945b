// SPDX-License-Identifier: MIT

/// Reads the notation that ``AgentPattern`` describes.
struct AgentPatternParser {
    private let notation: [UInt8]
    private var position = 0
    /// The fields captured so far.
    private(set) var fields: [AgentField] = []

    init(_ notation: String) {
        self.notation = Array(notation.utf8)
    }

    /// The whole pattern, or nil when the notation is wrong.
    mutating func parse() -> AgentPatternNode? {
        guard let node = choice(), position == notation.count else { return nil }
        return node
    }

    private var next: UInt8? {
        position < notation.count ? notation[position] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func choice() -> AgentPatternNode? {
        var alternatives: [AgentPatternNode] = []
        repeat {
            guard let alternative = sequence() else { return nil }
            alternatives.append(alternative)
        } while take("|")
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func sequence() -> AgentPatternNode? {
        var nodes: [AgentPatternNode] = []
        while let character = next, !"|)>".utf8.contains(character) {
            guard let piece = piece(), let node = repeated(piece) else { return nil }
            nodes.append(node)
        }
        return .sequence(nodes)
    }

    private mutating func repeated(_ node: AgentPatternNode) -> AgentPatternNode? {
        var atLeast = 0
        var atMost: Int?
        if take("?") {
            atMost = 1
        } else if take("+") {
            atLeast = 1
        } else if take("{") {
            guard let number = number() else { return nil }
            atLeast = number
            atMost = take(",") ? self.number() : number
            guard take("}") else { return nil }
        } else if !take("*") {
            return node
        }
        return .loop(node, atLeast: atLeast, atMost: atMost, greedy: !take("?"))
    }

    private mutating func number() -> Int? {
        var result: Int?
        while let character = next, AgentSymbolSet.digit.contains(character), (result ?? 0) < 100 {
            result = (result ?? 0) * 10 + Int(character - UInt8(ascii: "0"))
            position += 1
        }
        return result
    }

    private mutating func piece() -> AgentPatternNode? {
        guard let character = next else { return nil }
        position += 1
        switch character {
        case UInt8(ascii: "("): return group()
        case UInt8(ascii: "<"): return capture()
        case UInt8(ascii: "["): return set().map { .set($0) }
        case UInt8(ascii: "'"): return .wordEdge
        case UInt8(ascii: "$"): return .textEnd
        case UInt8(ascii: "&"): return .sameAsFirst
        case UInt8(ascii: "?"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "{"): return nil
        case UInt8(ascii: "~"):
            guard let literal = next else { return nil }
            position += 1
            return .literal(AgentSymbol.of(UInt16(literal)))
        default:
            return AgentPatternParser.named(character).map { .set($0) } ?? .literal(AgentSymbol.of(UInt16(character)))
        }
    }

    private static func named(_ character: UInt8) -> AgentSymbolSet? {
        switch character {
        case UInt8(ascii: " "): .space
        case UInt8(ascii: "#"): .digit
        case UInt8(ascii: "@"): .word
        case UInt8(ascii: "%"): .any
        default: nil
        }
    }

    private mutating func group() -> AgentPatternNode? {
        let follows = take("=")
        let differs = !follows && take("!")
        guard let inner = choice(), take(")") else { return nil }
        return follows || differs ? .ahead(inner, negated: differs) : inner
    }

    private mutating func capture() -> AgentPatternNode? {
        guard let letter = next, let field = AgentField(letter: letter) else { return nil }
        position += 1
        guard take(":") else { return nil }
        let index = fields.count
        fields.append(field)
        guard let inner = choice(), take(">") else { return nil }
        return .capture(index, inner)
    }

    private mutating func set() -> AgentSymbolSet? {
        let negated = take("^")
        var result = AgentSymbolSet()
        while !take("]") {
            guard let character = next else { return nil }
            position += 1
            if character == UInt8(ascii: "~"), let literal = next {
                position += 1
                result.insert(AgentSymbol.of(UInt16(literal)))
            } else if let named = AgentPatternParser.named(character) {
                result.formUnion(named)
            } else if let last = rangeEnd(), last >= character {
                for symbol in character...last { result.insert(AgentSymbol.of(UInt16(symbol))) }
            } else {
                result.insert(AgentSymbol.of(UInt16(character)))
            }
        }
        return negated ? result.inverted : result
    }

    /// The last character of a range, when a hyphen and one more follow.
    private mutating func rangeEnd() -> UInt8? {
        guard next == UInt8(ascii: "-"), position + 1 < notation.count else { return nil }
        let last = notation[position + 1]
        guard last != UInt8(ascii: "]") else { return nil }
        position += 2
        return last
    }
}
