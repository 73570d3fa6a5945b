// SPDX-License-Identifier: MIT
import FootfallJSON

/// The platform in Amplitude's spelling.
enum Platform {
    /// The mapped platform, else `Web` for an event of a browser's library.
    static func name(_ payload: Payload, isOriginal: Bool) -> JSON? {
        guard let text = payload.text(.platform) else {
            return payload[.library] == "analytics.js" ? "Web" : Optional.none
        }
        return .string(spelt(spelt(text, "iOS", isOriginal), "Android", isOriginal))
    }

    /// The text with the first occurrence of a name in the right spelling. The original also
    /// finds the name inside a word: kiosk becomes kiOSk.
    private static func spelt(_ text: String, _ name: String, _ isWithinWords: Bool) -> String {
        guard text.utf8.count >= name.utf8.count else { return text }
        var bytes = Array(text.utf8)
        let wanted = Array(name.utf8)
        guard bytes.count >= wanted.count else { return text }
        for begin in 0...(bytes.count - wanted.count) {
            let end = begin + wanted.count
            guard zip(bytes[begin..<end], wanted).allSatisfy({ isSameLetter($0, $1) }) else { continue }
            let isWord = !isLetter(bytes, begin - 1) && !isLetter(bytes, end)
            guard isWithinWords || isWord else { continue }
            bytes.replaceSubrange(begin..<end, with: wanted)
            return String(decoding: bytes, as: UTF8.self)
        }
        return text
    }

    private static func isSameLetter(_ a: UInt8, _ b: UInt8) -> Bool { a | 0x20 == b | 0x20 && isLetter(a) }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte >= 0x80 }

    private static func isLetter(_ bytes: [UInt8], _ index: Int) -> Bool {
        bytes.indices.contains(index) && isLetter(bytes[index])
    }
}
