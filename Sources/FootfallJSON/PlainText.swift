// SPDX-License-Identifier: MIT

/// Finds the bytes of a JSON string that must be escaped, eight at a time.
enum PlainText {
    private static let lowBits: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// The place of the first quote, backslash or control character from `begin` on, or
    /// the end of the bytes; and whether all bytes before it are ASCII.
    @inline(__always)
    static func scan(_ bytes: UnsafeBufferPointer<UInt8>, from begin: Int) -> (end: Int, isASCII: Bool) {
        let raw = UnsafeRawBufferPointer(bytes)
        var index = begin
        var seen: UInt64 = 0
        while index &+ 8 <= bytes.count {
            let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let found = special(word)
            if found != 0 {
                let plain = found.trailingZeroBitCount & ~7
                seen |= word & (1 << UInt64(plain) &- 1)
                return (index &+ plain >> 3, seen & highBits == 0)
            }
            seen |= word
            index &+= 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            seen |= UInt64(byte)
            index &+= 1
        }
        return (index, seen & highBits == 0)
    }

    /// Sets the high bit of each special byte. Only the lowest bit that is set is
    /// reliable: the subtraction borrows from the bytes above it.
    @inline(__always)
    private static func special(_ word: UInt64) -> UInt64 {
        let quote = word ^ (lowBits &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (lowBits &* UInt64(UInt8(ascii: "\\")))
        let control = (word &- lowBits &* 0x20) & ~word
        return (control | (quote &- lowBits) & ~quote | (backslash &- lowBits) & ~backslash) & highBits
    }
}
