// SPDX-License-Identifier: MIT

/// Shortens names to sums that are the same in every process.
package enum NameHash {
    /// FNV-1a, 64 bits (Fowler, Noll and Vo). Nothing secret depends on this sum.
    package static func sum(_ text: String) -> UInt64 { sum(text.utf8) }

    /// The same of bytes.
    package static func sum(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The sum in 16 hexadecimal digits.
    package static func digits(_ text: String) -> String { digits(sum(text)) }

    /// A number in 16 hexadecimal digits.
    package static func digits(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A text of at most `limit` bytes: a longer one is cut, and ends with `+` and its sum.
    package static func bounded(_ text: String, limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        let suffix = "+\(digits(text))"
        let bytes = Array(text.utf8)
        var count = max(limit - suffix.utf8.count, 0)
        // Cut between two code points.
        while count > 0, bytes[count] & 0xC0 == 0x80 { count -= 1 }
        return String(decoding: bytes[..<count], as: UTF8.self) + suffix
    }
}
