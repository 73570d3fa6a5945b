// SPDX-License-Identifier: MIT
import FootfallJSON

/// Replaces one short string by another: the directive `@replace`. Never a regular
/// expression.
///
/// It compares UTF-16 units, as JavaScript does. When case is ignored, two units are equal if
/// both have the same single upper-case unit.
struct Replacement: Sendable {
    /// The greatest length of a pattern and of a replacement, in UTF-16 units.
    static let maximumLength = 10

    private let pattern: [UInt16]
    private let replacement: [UInt16]
    private let ignoresCase: Bool
    private let isGlobal: Bool

    init(pattern: String, replacement: String, ignoresCase: Bool, isGlobal: Bool) {
        self.ignoresCase = ignoresCase
        self.isGlobal = isGlobal
        self.replacement = Array(replacement.utf16)
        self.pattern = ignoresCase ? pattern.utf16.map(Self.folded) : Array(pattern.utf16)
    }

    func apply(to text: String) -> String {
        let units = Array(text.utf16)
        guard !pattern.isEmpty, units.count >= pattern.count else { return text }
        var result: [UInt16] = []
        var plain = 0
        var index = 0
        while index + pattern.count <= units.count {
            guard matches(units, at: index) else {
                index += 1
                continue
            }
            result += units[plain..<index]
            append(&result, units, index)
            index += pattern.count
            plain = index
            if !isGlobal { break }
        }
        guard plain > 0 else { return text }
        result += units[plain...]
        return String(decoding: result, as: UTF16.self)
    }

    private func matches(_ units: [UInt16], at index: Int) -> Bool {
        for (offset, expected) in pattern.enumerated() {
            let unit = units[index + offset]
            if unit != expected, !ignoresCase || Self.folded(unit) != expected { return false }
        }
        return true
    }

    private static func folded(_ unit: UInt16) -> UInt16 {
        guard let scalar = Unicode.Scalar(unit) else { return unit }
        let upper = scalar.properties.uppercaseMapping.utf16
        guard let first = upper.first, upper.count == 1, unit < 0x80 || first >= 0x80 else { return unit }
        return first
    }

    /// Appends the replacement. In it `$$` is a dollar, `$&` the match, ``$` `` the text before
    /// the match and `$'` the text after it.
    private func append(_ result: inout [UInt16], _ units: [UInt16], _ found: Int) {
        let dollar = UInt16(UInt8(ascii: "$"))
        var index = 0
        while index < replacement.count {
            let unit = replacement[index]
            index += 1
            guard unit == dollar, index < replacement.count else {
                result.append(unit)
                continue
            }
            switch Unicode.Scalar(replacement[index]) {
            case "$": result.append(dollar)
            case "&": result += units[found..<(found + pattern.count)]
            case "`": result += units[..<found]
            case "'": result += units[(found + pattern.count)...]
            default:
                result.append(unit)
                continue
            }
            index += 1
        }
    }
}
