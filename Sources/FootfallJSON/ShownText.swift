// SPDX-License-Identifier: MIT

/// Makes text from outside safe to show.
///
/// The text of an event, an answer, a file name or a configuration must not control the
/// terminal that shows it, hide a part of a line or change its order. Passwords in
/// addresses are hidden as well.
package enum ShownText {
    /// One line for people: control characters are written as `\n`, `\t` or `\u{1B}`, and
    /// the user and password of an address as `***`.
    package static func line(_ text: String) -> String {
        guard needsCare(text) else { return text }
        var line = ""
        line.reserveCapacity(text.utf8.count + 16)
        for scalar in withoutPasswords(text).unicodeScalars {
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case let scalar where isSteering(scalar):
                line += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    /// A value as a message quotes it: `""` for an empty one, which would otherwise be invisible.
    package static func value(_ text: some StringProtocol) -> String { text.isEmpty ? "\"\"" : String(text) }

    /// JSON text with the same meaning, for programs: control characters, which only its
    /// strings can contain, are escaped.
    package static func json(_ text: String) -> String {
        guard needsCare(text) else { return text }
        var line = ""
        line.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            guard isSteering(scalar), scalar.value >= 0x7F else {
                line.unicodeScalars.append(scalar)
                continue
            }
            for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
                let digits = String(unit, radix: 16)
                line += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return line
    }

    /// Whether a character controls the terminal or the layout instead of being visible:
    /// C0, DEL, C1, marks of direction and other format characters, ends of lines and
    /// paragraphs.
    package static func isSteering(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// False for most text, which is plain ASCII without an address.
    private static func needsCare(_ text: String) -> Bool {
        text.utf8.contains { $0 < 0x20 || $0 >= 0x7F || $0 == UInt8(ascii: "@") }
    }

    // MARK: - Secrets

    /// The text with `***` for the user and the password of each address in it.
    package static func withoutPasswords(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return text }
        let bytes = Array(text.utf8)
        var kept: [UInt8] = []
        var index = 0
        while index < bytes.count {
            guard bytes[index...].starts(with: "://".utf8) else {
                kept.append(bytes[index])
                index += 1
                continue
            }
            kept += "://".utf8
            index += 3
            let word = bytes[index...].prefix { $0 > 0x20 && $0 != UInt8(ascii: "\"") }
            guard let end = endOfUser(in: word) else { continue }
            kept += "***".utf8
            index = end
        }
        return String(decoding: kept, as: UTF8.self)
    }

    /// The place of the `@` behind the user and password of an address; `nil` when it has
    /// neither.
    private static func endOfUser(in word: ArraySlice<UInt8>) -> Int? {
        let authority = word.prefix { !"/?#\\".utf8.contains($0) }
        if let end = authority.lastIndex(of: UInt8(ascii: "@")) { return end }
        // A slash in a password that is not escaped ends the authority too early. Then the
        // text behind the colon is not a number, as a port would be.
        guard let end = word.lastIndex(of: UInt8(ascii: "@")), authority.first != UInt8(ascii: "["),
            let colon = authority.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let port = authority[(colon + 1)...]
        return port.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? nil : end
    }

    /// The text with `***` for each of these secrets. Secrets of less than six bytes are
    /// not masked: other words could contain them.
    package static func masking(_ secrets: [String], in text: String) -> String {
        let bytes = Array(text.utf8)
        let masked = masking(secrets, in: bytes)
        return masked.count == bytes.count && masked == bytes ? text : String(decoding: masked, as: UTF8.self)
    }

    /// The bytes of a text with `***` for each secret of at least six bytes.
    package static func masking(_ secrets: [String], in bytes: [UInt8]) -> [UInt8] {
        // The longest first, since one secret may be a part of another.
        let wanted = secrets.map { Array($0.utf8) }.filter { $0.count >= 6 }.sorted { $0.count > $1.count }
        guard !wanted.isEmpty else { return bytes }
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if let secret = wanted.first(where: { $0[0] == bytes[index] && bytes[index...].starts(with: $0) }) {
                kept += "***".utf8
                index += secret.count
            } else {
                kept.append(bytes[index])
                index += 1
            }
        }
        return kept
    }
}
