// SPDX-License-Identifier: MIT
import Glibc

extension String {
    /// Whether two texts have the same UTF-8 bytes.
    ///
    /// `==` also calls texts equal that spell a character differently ("é" in one code
    /// point or in two, "K" and the Kelvin sign). Servers tell them apart.
    @inlinable @inline(__always)
    package func isIdentical(to other: String) -> Bool {
        // A short text is stored in the String value itself, so equal bits mean equal texts.
        if hasSameBits(as: other) { return true }
        // Texts with the same bytes are also equal for `==`, which is the faster test.
        return self == other && hasSameBytes(as: other)
    }

    @inlinable @inline(__always)
    func hasSameBits(as other: String) -> Bool {
        guard MemoryLayout<String>.size == MemoryLayout<SIMD2<UInt64>>.size else { return false }
        return unsafeBitCast(self, to: SIMD2<UInt64>.self) == unsafeBitCast(other, to: SIMD2<UInt64>.self)
    }

    @usableFromInline @inline(never)
    func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        var left = self
        var right = other
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard let a = left.baseAddress, let b = right.baseAddress else { return true }
                return memcmp(a, b, left.count) == 0
            }
        }
    }
}

/// A text that is compared and hashed by its UTF-8 bytes, for sets and dictionaries of
/// names from outside.
package struct UTF8Key: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (left: UTF8Key, right: UTF8Key) -> Bool { left.text.isIdentical(to: right.text) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
