// SPDX-License-Identifier: MIT

/// The alphabet that patterns are matched in.
///
/// A UTF-16 unit becomes one byte: ASCII in lower case, and every other unit one of three
/// kinds. Patterns distinguish no more, and a set of symbols fits into three words.
enum AgentSymbol {
    /// U+2028 and U+2029: white space that also ends a line.
    static let wideLineBreak: UInt8 = 128
    /// White space outside ASCII on one line, such as a no-break space.
    static let wideSpace: UInt8 = 129
    /// Any other unit outside ASCII.
    static let wide: UInt8 = 130

    /// The symbol of a UTF-16 unit.
    static func of(_ unit: UInt16) -> UInt8 {
        switch unit {
        case 0x41...0x5A: UInt8(truncatingIfNeeded: unit) | 0x20
        case 0..<0x80: UInt8(truncatingIfNeeded: unit)
        case 0x2028, 0x2029: wideLineBreak
        case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000, 0xFEFF: wideSpace
        default: wide
        }
    }
}

/// A set of symbols, such as the digits or the word characters.
struct AgentSymbolSet: Sendable, Equatable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var wide: UInt64 = 0

    init() {}

    init(_ symbols: [UInt8]) {
        for symbol in symbols { insert(symbol) }
    }

    @inline(__always)
    func contains(_ symbol: UInt8) -> Bool {
        let word = symbol < 64 ? low : (symbol < 128 ? high : wide)
        return (word >> UInt64(symbol & 63)) & 1 == 1
    }

    mutating func insert(_ symbol: UInt8) {
        let bit = (1 as UInt64) << UInt64(symbol & 63)
        switch symbol {
        case ..<64: low |= bit
        case ..<128: high |= bit
        default: wide |= bit
        }
    }

    mutating func formUnion(_ other: AgentSymbolSet) {
        low |= other.low
        high |= other.high
        wide |= other.wide
    }

    /// Every symbol that is not in this set.
    var inverted: AgentSymbolSet {
        var result = AgentSymbolSet()
        for symbol in 0...AgentSymbol.wide where !contains(symbol) { result.insert(symbol) }
        return result
    }

    static let digit = AgentSymbolSet(Array(UInt8(ascii: "0")...UInt8(ascii: "9")))

    /// ASCII letters, digits and the underscore.
    static let word: AgentSymbolSet = {
        var set = AgentSymbolSet(Array(UInt8(ascii: "a")...UInt8(ascii: "z")) + [UInt8(ascii: "_")])
        set.formUnion(digit)
        return set
    }()

    static let space = AgentSymbolSet(Array(9...13) + [32, AgentSymbol.wideLineBreak, AgentSymbol.wideSpace])

    /// Every symbol except the ends of lines.
    static let any = AgentSymbolSet([10, 13, AgentSymbol.wideLineBreak]).inverted

    static let all = AgentSymbolSet().inverted
}
