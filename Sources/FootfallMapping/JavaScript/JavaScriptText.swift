// SPDX-License-Identifier: MIT
import FootfallJSON

extension String {
    /// The string without JavaScript's white space at both ends.
    package func trimmedOfJavaScriptSpace() -> String {
        guard let first = utf8.first, let last = utf8.last else { return self }
        // Nearly every string has no white space at its ends.
        if first > 0x20, first < 0x80, last > 0x20, last < 0x80 { return self }
        let scalars = unicodeScalars
        let begin = scalars.firstIndex { !$0.isJavaScriptSpace } ?? scalars.endIndex
        let end = scalars.lastIndex { !$0.isJavaScriptSpace }.map { scalars.index(after: $0) } ?? begin
        return String(scalars[begin..<end])
    }

    /// The string in lower case. A sigma at the end of a word becomes a final sigma.
    func javaScriptLowercased() -> String {
        guard unicodeScalars.contains("\u{3A3}") else { return lowercased() }
        let scalars = Array(unicodeScalars)
        var text = ""
        for (index, scalar) in scalars.enumerated() {
            if scalar == "\u{3A3}" {
                let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
                let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
                let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
                text.unicodeScalars.append(isFinal ? "\u{3C2}" : "\u{3C3}")
            } else {
                text += scalar.properties.lowercaseMapping
            }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// Whether JavaScript's `trim()` removes the scalar.
    package var isJavaScriptSpace: Bool {
        switch value {
        case 0x09...0x0D, 0x20, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF: true
        default: false
        }
    }
}
