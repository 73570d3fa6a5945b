// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON

/// The format of a record in a spool file, in bytes:
///
///     length of the payload   4, least significant first
///     CRC-32 of what follows  4
///     sequence number         8
///     payload
package enum SpoolRecord {
    package static let headerSize = 16
    /// More than any event needs: an event has at most 32 KiB, and its binary form at most
    /// three times as much.
    static let maximumPayload = 1 << 20

    /// Writes an empty header into an empty buffer. The payload is appended after it.
    package static func begin(_ buffer: inout ByteBuffer) {
        buffer.append(littleEndian: UInt64(0))
        buffer.append(littleEndian: UInt64(0))
    }

    /// Fills in the header after the payload was appended.
    package static func finish(_ buffer: inout ByteBuffer, sequence: Int64) {
        buffer.replace(at: 8, littleEndian: sequence)
        buffer.replace(at: 0, littleEndian: UInt32(truncatingIfNeeded: buffer.count - headerSize))
        let checksum: UInt32 = buffer.withBytes { bytes in
            Self.checksum(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[8...]))
        }
        buffer.replace(at: 4, littleEndian: checksum)
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        ftf_checksum(bytes.baseAddress, bytes.count)
    }

    /// What is at the beginning of some bytes.
    enum Reading {
        /// A complete record.
        case record(sequence: Int64, payload: Range<Int>, size: Int)
        /// The beginning of a record.
        case short
        /// A damaged record, with its length if the header is right; else 0.
        case damaged(size: Int)
    }

    /// Whether a possible header is at the beginning of `bytes`: the length is within the
    /// limit, and the sequence number follows the last one.
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
