// SPDX-License-Identifier: MIT

extension Unicode.Scalar {
    /// Whether the character is Unicode white space, or the byte order mark U+FEFF.
    fileprivate var isBlank: Bool { properties.isWhitespace || self == "\u{FEFF}" }
}

extension String {
    /// Whether the text is empty or only white space. Such an id or name counts as not given.
    @inlinable
    package var isBlank: Bool {
        guard let first = utf8.first else { return true }
        // A letter, a digit or a sign of ASCII. Nearly every text begins with one.
        if first > 0x20, first < 0x80 { return false }
        return isBlankThroughout
    }

    @inline(never) @usableFromInline
    package var isBlankThroughout: Bool { unicodeScalars.allSatisfy(\.isBlank) }

    /// The text without white space at its ends.
    package var trimmed: String {
        let scalars = unicodeScalars
        guard let begin = scalars.firstIndex(where: { !$0.isBlank }),
            let last = scalars.lastIndex(where: { !$0.isBlank })
        else { return "" }
        return String(scalars[begin...last])
    }
}

extension Optional<String> {
    /// Removes a text that is empty or only white space.
    @inlinable @inline(__always)
    package mutating func removeBlank() {
        if let text = self, text.isBlank { self = nil }
    }
}
