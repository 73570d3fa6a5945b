// SPDX-License-Identifier: MIT

/// Limits the length of a text from outside that is stored, such as a server's reason for
/// refusing an event: its author must not decide how much space it takes.
package enum KeptText {
    /// Bytes of UTF-8: enough for a sentence, and 1,000 dead letters keep 256 KB at most.
    package static let limit = 256

    /// The text, or the beginning of a longer one with "…" at the end, cut between two code
    /// points.
    package static func cut(_ text: String) -> String {
        guard text.utf8.count > limit else { return text }
        let bytes = Array(text.utf8.prefix(limit))
        var count = limit - "…".utf8.count
        while count > 0, bytes[count] & 0xC0 == 0x80 { count -= 1 }
        return String(decoding: bytes[..<count], as: UTF8.self) + "…"
    }
}
