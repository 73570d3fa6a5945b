// SPDX-License-Identifier: MIT

/// A text from outside that is kept: why a server refuses an event, or the name in
/// its certificate. The author of a text must not decide how long it is.
package enum KeptText {
    /// Bytes of UTF-8.
    package static let limit = 256

    /// The text; of a longer one the beginning, between two code points, and "…".
    package static func cut(_ text: String) -> String {
        guard text.utf8.count > limit else { return text }
        let bytes = Array(text.utf8.prefix(limit))
        var count = limit - "…".utf8.count
        while count > 0, bytes[count] & 0xC0 == 0x80 { count -= 1 }
        return String(decoding: bytes[..<count], as: UTF8.self) + "…"
    }
}
