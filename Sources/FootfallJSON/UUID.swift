// SPDX-License-Identifier: MIT
import CSystem

/// A random (version 4) UUID, kept as its 16 bytes.
package struct UUIDv4: Sendable, Hashable {
    /// The first eight bytes, most significant first.
    package let high: UInt64
    /// The last eight bytes, most significant first.
    package let low: UInt64

    /// Makes a UUID of 128 random bits; six of them become version and variant.
    package init(random high: UInt64, _ low: UInt64) {
        self.high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        self.low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Takes 16 bytes as they are.
    package init(bytes high: UInt64, _ low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A UUID from the kernel's random numbers. For many, use a ``RandomPool``.
    package static func random() -> UUIDv4 {
        var words: (UInt64, UInt64) = (0, 0)
        withUnsafeMutableBytes(of: &words) { bytes in
            // getrandom(2) of 16 bytes fails only on a kernel without it. There the clock
            // replaces it.
            guard let base = bytes.baseAddress, ftf_random(base, 16) == 0 else {
                let now = UInt64(bitPattern: ftf_boot_nanoseconds())
                bytes.storeBytes(of: now &* 0x9E37_79B9_7F4A_7C15, as: UInt64.self)
                bytes.storeBytes(of: now ^ ftf_thread_id(), toByteOffset: 8, as: UInt64.self)
                return
            }
        }
        return UUIDv4(random: words.0, words.1)
    }
}

extension UUIDv4: CustomStringConvertible {
    /// 36 characters in lower case.
    package var description: String {
        String(unsafeUninitializedCapacity: 36) { target in
            write { target[$0] = $1 }
            return 36
        }
    }

    @inline(__always)
    fileprivate func write(_ put: (Int, UInt8) -> Void) {
        var place = 0
        for byte in 0..<16 {
            if byte == 4 || byte == 6 || byte == 8 || byte == 10 {
                put(place, UInt8(ascii: "-"))
                place &+= 1
            }
            let word = byte < 8 ? high : low
            let value = UInt8(truncatingIfNeeded: word >> UInt64(56 &- (byte & 7) &* 8))
            put(place, hexadecimalDigit(value >> 4))
            put(place &+ 1, hexadecimalDigit(value & 0xF))
            place &+= 2
        }
    }
}

extension ByteBuffer {
    /// The 36 characters of a UUID, without quotes.
    package mutating func append(_ uuid: UUIDv4) {
        appendUninitialized(36) { target in
            uuid.write { target[$0] = $1 }
            return 36
        }
    }
}

/// Random UUIDs from blocks of 1 KiB of the kernel's random numbers.
///
/// A getrandom(2) for each UUID takes 1.2 µs, and one for 4 KiB delays a single call by
/// 8 µs. Not for several threads at once: the owner's lock protects it. A forked child
/// must call ``empty()``, or it gives out the same ids as its parent.
package struct RandomPool: ~Copyable {
    private var words: UnsafeMutablePointer<UInt64>
    private var left = 0
    private static let size = 128

    package init() { words = .allocate(capacity: Self.size) }

    deinit { words.deallocate() }

    /// The next UUID.
    package mutating func uuid() -> UUIDv4 {
        if left < 2 {
            guard ftf_random(words, Self.size * 8) == 0 else { return .random() }
            left = Self.size
        }
        left -= 2
        return UUIDv4(random: words[left], words[left + 1])
    }

    /// Discards the random numbers that are left.
    package mutating func empty() { left = 0 }
}
