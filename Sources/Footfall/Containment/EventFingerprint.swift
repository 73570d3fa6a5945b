// SPDX-License-Identifier: MIT
import FootfallJSON

/// A sum of all that an event says but its id and its times: two calls of the same kind have the same one.
enum EventFingerprint {
    static func sum(_ event: borrowing Event) -> UInt64 {
        var copy = copy event
        copy.identifier = .unassigned
        copy.timestamp = Timestamp(milliseconds: 0)
        copy.bootNanoseconds = 0
        copy.identityChanged = nil
        var buffer = ByteBuffer(capacity: 1_024)
        EventRecord.write(copy, to: &buffer)
        // FNV-1a, 64 bits.
        return buffer.withBytes { bytes in
            bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }
    }
}
