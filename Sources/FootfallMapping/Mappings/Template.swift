// SPDX-License-Identifier: MIT
import FootfallJSON

/// A string with placeholders, such as `Viewed {{name}}`, parsed once for many events.
///
/// `{{{x}}}` is replaced first, then `{{x}}` in the result. So only a template with triple
/// braces is parsed a second time for each event.
struct Template: Sendable {
    private enum Part: Sendable {
        case text(String)
        case value(Path)
    }

    private let parts: [Part]
    private let hasTripleBraces: Bool

    init(_ text: String) {
        let triple = Self.parts(of: text, braces: 3)
        hasTripleBraces = triple.contains {
            if case .value = $0 { true } else { false }
        }
        parts = hasTripleBraces ? triple : Self.parts(of: text, braces: 2)
    }

    func text(for data: JSON) -> String {
        let text = Self.joined(parts, data)
        return hasTripleBraces ? Self.joined(Self.parts(of: text, braces: 2), data) : text
    }

    private static func joined(_ parts: [Part], _ data: JSON) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let piece): text += piece
            case .value(let path):
                if let value = path.value(in: data), !value.isNull { text += value.javaScriptText }
            }
        }
        return text
    }

    /// A placeholder is `braces` opening braces, text without a closing brace, and `braces`
    /// closing braces.
    private static func parts(of text: String, braces: Int) -> [Part] {
        let bytes = Array(text.utf8)
        let open = UInt8(ascii: "{")
        let close = UInt8(ascii: "}")
        var parts: [Part] = []
        var plain = 0
        var index = 0
        // The next closing brace after `index`. Searched again only when `index` has passed it.
        var end = 0
        while index + 2 * braces < bytes.count {
            if end < index + braces || end < bytes.count && bytes[end] != close {
                end = bytes[(index + braces)...].firstIndex(of: close) ?? bytes.count
            }
            guard end < bytes.count else { break }
            guard bytes[index..<(index + braces)].allSatisfy({ $0 == open }), end > index + braces,
                end + braces <= bytes.count, bytes[end..<(end + braces)].allSatisfy({ $0 == close })
            else {
                index += 1
                continue
            }
            if plain < index { parts.append(.text(String(decoding: bytes[plain..<index], as: UTF8.self))) }
            let name = String(decoding: bytes[(index + braces)..<end], as: UTF8.self)
            parts.append(.value(Path(name.trimmedOfJavaScriptSpace())))
            index = end + braces
            plain = index
        }
        if plain < bytes.count { parts.append(.text(String(decoding: bytes[plain...], as: UTF8.self))) }
        return parts
    }
}
