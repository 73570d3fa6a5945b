// SPDX-License-Identifier: MIT

/// A user agent prepared for matching.
///
/// Only the first 255 UTF-16 units of a user agent count; what is longer is
/// cut there after its white space is trimmed.
struct AgentText {
    static let limit = 255

    /// The units as given; captures are copied from here.
    let units: [UInt16]
    /// The symbol of each unit; patterns match these.
    let symbols: [UInt8]
    /// Which pairs of neighbouring ASCII symbols occur, one bit each.
    private let pairs: [UInt64]

    init(_ text: String) {
        units = AgentText.significant(text.utf16)
        symbols = units.map(AgentSymbol.of)
        var pairs = [UInt64](repeating: 0, count: 128 * 128 / 64)
        for (first, second) in zip(symbols, symbols.dropFirst()) where first < 128 && second < 128 {
            let pair = AgentText.pair(first, second)
            pairs[Int(pair >> 6)] |= 1 << UInt64(pair & 63)
        }
        self.pairs = pairs
    }

    /// The number of a pair of ASCII symbols.
    @inline(__always)
    static func pair(_ first: UInt8, _ second: UInt8) -> UInt16 {
        UInt16(first) << 7 | UInt16(second & 127)
    }

    @inline(__always)
    func has(_ pair: UInt16) -> Bool {
        (pairs[Int((pair >> 6) & 255)] >> UInt64(pair & 63)) & 1 == 1
    }

    func string(_ range: Range<Int>) -> String {
        String(decoding: units[range], as: UTF16.self)
    }

    private static func significant(_ whole: String.UTF16View) -> [UInt16] {
        let short = Array(whole.prefix(limit + 1))
        guard short.count > limit else { return short }
        let trimmed = whole.drop(while: isSpace)
        var kept = Array(trimmed.prefix(limit))
        if trimmed.dropFirst(limit).allSatisfy(isSpace) {
            while let last = kept.last, isSpace(last) { kept.removeLast() }
        }
        return kept
    }

    private static func isSpace(_ unit: UInt16) -> Bool {
        AgentSymbolSet.space.contains(AgentSymbol.of(unit))
    }
}
