// SPDX-License-Identifier: MIT
import CZlib
import FootfallJSON

/// One record of a spool file, by its bytes:
///
///     length of the payload   4, least significant first
///     CRC-32 of what follows  4
///     sequence number         8
///     payload
package enum SpoolRecord {
    package static let headerSize = 16
    /// Above the 32 KiB of an event, which binary form never exceeds threefold.
    static let maximumPayload = 1 << 20

    /// Begins a record in an empty buffer; the payload is appended after it.
    package static func begin(_ buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt64(0))
        buffer.append(littleEndian: UInt64(0))
    }

    /// Fills the header in, when the payload is there.
    package static func finish(_ buffer: inout ByteBuffer, sequence: Int64) {
        buffer.replace(at: 8, littleEndian: sequence)
        buffer.replace(at: 0, littleEndian: UInt32(truncatingIfNeeded: buffer.count - headerSize))
        let checksum: UInt32 = buffer.withBytes { bytes in
            Self.checksum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[8...]))
        }
        buffer.replace(at: 4, littleEndian: checksum)
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
        return UInt32(truncatingIfNeeded: crc32(0, start, UInt32(truncatingIfNeeded: bytes.count)))
    }

    /// A record at the beginning of `bytes`.
    enum Reading {
        /// It is whole.
        case record(sequence: Int64, payload: Range<Int>, size: Int)
        /// Its end is not there (yet).
        case short
        /// It is not what was written; `size` leads to the next one, if the length is to be trusted.
        case damaged(size: Int)
    }

    /// Whether a header that can be stands at the beginning of `bytes`: its
    /// sequence number follows the one before.
    static func mayBegin(_ bytes: UnsafeRawBufferPointer, after last: Int64) -> Bool {
        let length = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
        guard length > 0, length <= maximumPayload else { return false }
        let sequence = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        return sequence > last && sequence &- last < 1 << 32
    }

    static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
        guard bytes.count >= headerSize else { return .short }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)))
        guard length > 0, length <= maximumPayload else { return .damaged(size: 0) }
        let size = headerSize + length
        guard bytes.count >= size else { return .short }
        let expected = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        guard checksum(UnsafeRawBufferPointer(rebasing: bytes[8..<size])) == expected else {
            return .damaged(size: size)
        }
        let sequence = Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: Int64.self))
        return .record(sequence: sequence, payload: headerSize..<size, size: size)
    }
}
