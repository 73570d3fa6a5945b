// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc

/// The events of a request as NDJSON.
struct EventLines: ~Copyable {
    private(set) var buffer = ByteBuffer(capacity: 64 * 1024)
    /// Where each event is in the buffer, without its newline.
    private(set) var ranges: [Range<Int>] = []

    mutating func removeAll() {
        buffer.removeAll()
        ranges.removeAll(keepingCapacity: true)
    }

    /// Adds one event on a line of its own.
    ///
    /// Newlines in JSON are only between its tokens, so a space can replace them. Carriage
    /// returns are replaced as well, because some readers take one for a newline.
    mutating func append(_ event: UnsafeBufferPointer<UInt8>) {
        let begin = buffer.count
        copy(event)
        ranges.append(begin..<buffer.count)
        buffer.append(0x0A)
    }

    /// Adds one event, an object without a `type`, and gives it this one.
    mutating func append(_ event: UnsafeBufferPointer<UInt8>, type: StaticString) {
        guard event.first == UInt8(ascii: "{") else { return append(event) }
        var rest = JSONScanner(UnsafeBufferPointer(rebasing: event.dropFirst()))
        rest.skipSpace()
        let begin = buffer.count
        buffer.append(#"{"type":""#)
        buffer.append(type)
        buffer.append(rest.current == UInt8(ascii: "}") ? #"""# : #"","#)
        copy(UnsafeBufferPointer(rebasing: rest.bytes[rest.index...]))
        ranges.append(begin..<buffer.count)
        buffer.append(0x0A)
    }

    private mutating func copy(_ event: UnsafeBufferPointer<UInt8>) {
        if event.contains(0x0A, orElse: 0x0D) {
            for byte in event { buffer.append(byte == 0x0A || byte == 0x0D ? 0x20 : byte) }
        } else {
            buffer.append(event)
        }
    }

    /// The `messageId` of each event that has one.
    func messageIds() -> [String] {
        buffer.withBytes { bytes in
            ranges.compactMap { range in
                let event = UnsafeBufferPointer(
                    start: bytes.baseAddress.map { $0 + range.lowerBound }, count: range.count)
                return JSONScanner.text(of: "messageId", in: event)
            }
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether one of two bytes occurs. Uses memchr(3), which compares 32 bytes at a time.
    fileprivate func contains(_ first: UInt8, orElse second: UInt8) -> Bool {
        guard let baseAddress else { return false }
        return memchr(baseAddress, Int32(first), count) != nil || memchr(baseAddress, Int32(second), count) != nil
    }
}
