// SPDX-License-Identifier: MIT

/// The mark U+FEFF that editors of other systems put at the beginning of a text. It is not
/// part of the text, and every reader of foreign text skips it.
package enum ByteOrderMark {
    /// How many bytes of UTF-8 the mark at the beginning has: 3, or 0 without a mark.
    @inline(__always)
    package static func count(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
        bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF ? 3 : 0
    }

    /// The bytes after the mark.
    package static func skipped(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.dropFirst(bytes.withUnsafeBufferPointer(count))
    }
}
