// SPDX-License-Identifier: MIT
import CSystem
import CZlib
import FootfallJSON
import TestSupport
import Testing

@testable import FootfallStore

@Suite struct SpoolRecordTests {
    private func read(_ bytes: [UInt8]) -> SpoolRecord.Reading { bytes.withUnsafeBytes(SpoolRecord.read) }

    @Test func hasTheLayoutThatItsCommentDraws() {
        let bytes = record("ab", 0x0102_0304_0506_0708).array()
        #expect(bytes.count == 18)
        #expect(bytes[0..<4] == [2, 0, 0, 0])
        #expect(bytes[8..<16] == [8, 7, 6, 5, 4, 3, 2, 1])
        #expect(bytes[16...] == [0x61, 0x62])
    }

    @Test func readsWhatItWrote() throws {
        for sequence in [1, Int64.max, 0, -1] {
            guard case .record(let number, let payload, let size) = read(record("event", sequence).array()) else {
                Issue.record("no record")
                continue
            }
            #expect(number == sequence)
            #expect(payload == 16..<21)
            #expect(size == 21)
        }
    }

    @Test func itsChecksumIsThatOfZlib() {
        var random = SplitMix64()
        // Every place of the end in a block of 16 bytes, and blocks enough for each step.
        for count in Array(0...100) + [1_000, 4_095, 65_537] {
            let bytes = (0..<count + 8).map { _ in UInt8.random(in: 0...255, using: &random) }
            for start in [0, 3] {
                let expected = bytes.withUnsafeBufferPointer {
                    crc32(0, $0.baseAddress?.advanced(by: start), UInt32(count))
                }
                let found = bytes.withUnsafeBytes { ftf_checksum($0.baseAddress?.advanced(by: start), count) }
                #expect(UInt(found) == UInt(expected), "\(count) bytes from \(start)")
            }
        }
        #expect(ftf_checksum("123456789", 9) == 0xCBF4_3926)
    }

    @Test func isShortWhileBytesAreMissing() {
        let bytes = record("event", 1).array()
        for count in 0..<bytes.count {
            guard case .short = read(Array(bytes.prefix(count))) else {
                Issue.record("\(count) bytes are no whole record")
                continue
            }
        }
    }

    @Test func ignoresWhatFollows() {
        guard case .record(_, _, let size) = read(record("a", 1).array() + [1, 2, 3]) else {
            Issue.record("no record")
            return
        }
        #expect(size == 17)
    }

    @Test func trustsNoLengthThatCannotBe() {
        for length in [UInt32(0), UInt32(SpoolRecord.maximumPayload) + 1, .max] {
            var buffer = record("event", 1)
            buffer.replace(at: 0, littleEndian: length)
            guard case .damaged(size: 0) = read(buffer.array()) else {
                Issue.record("\(length) was taken as a length")
                continue
            }
        }
    }
}
