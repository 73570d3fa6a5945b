// SPDX-License-Identifier: MIT
import Glibc

/// Bytes that grow at their end, in memory that is used again from call to call.
///
/// Writers on the hot path use it because `[UInt8]` checks uniqueness and bounds at
/// each append.
package struct ByteBuffer: ~Copyable {
    // Small methods are inlinable: without that, generic code of another module is
    // not specialised.
    @usableFromInline
    var base: UnsafeMutablePointer<UInt8>
    @usableFromInline
    var capacity: Int
    @usableFromInline
    var used = 0

    /// How many bytes there are.
    @inlinable
    package var count: Int { used }

    /// An empty buffer with room for `capacity` bytes; it grows as needed.
    package init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// Removes all bytes. The memory is kept up to `limit` bytes, for the next use.
    package mutating func removeAll(keepingAtMost limit: Int = 1 << 20) {
        used = 0
        guard capacity > limit else { return }
        base.deallocate()
        capacity = limit
        base = .allocate(capacity: capacity)
    }

    /// Removes the bytes after the first `newCount`.
    package mutating func truncate(to newCount: Int) { used = min(count, max(newCount, 0)) }

    /// Makes room for `extra` more bytes.
    @inlinable @inline(__always)
    package mutating func reserve(_ extra: Int) {
        if capacity &- count < extra { grow(extra) }
    }

    @inline(never) @usableFromInline
    mutating func grow(_ extra: Int) {
        let larger = max(capacity * 2, count + extra)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: base, count: count)
        base.deallocate()
        base = moved
        capacity = larger
    }

    @inlinable @inline(__always)
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        used &+= 1
    }

    @inlinable @inline(__always)
    package mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        memcpy(base + count, source, bytes.count)
        used &+= bytes.count
    }

    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        append(bytes.assumingMemoryBound(to: UInt8.self))
    }

    package mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append($0) }
    }

    @inlinable @inline(__always)
    package mutating func append(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        memcpy(base + count, text.utf8Start, text.utf8CodeUnitCount)
        used &+= text.utf8CodeUnitCount
    }

    /// The UTF-8 of a text, without quotes and escapes.
    @inlinable @inline(__always)
    package mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    /// The bytes of an integer, least significant first.
    @inlinable @inline(__always)
    package mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
        let size = MemoryLayout<T>.size
        reserve(size)
        UnsafeMutableRawPointer(base + count).storeBytes(of: value.littleEndian, as: T.self)
        used &+= size
    }

    /// Overwrites bytes with an integer.
    @inlinable
    package mutating func replace<T: FixedWidthInteger>(at offset: Int, littleEndian value: T) {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count)
        UnsafeMutableRawPointer(base + offset).storeBytes(of: value.littleEndian, as: T.self)
    }

    /// An integer in decimal digits.
    package mutating func append(decimal value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        reserve(20)
        var digits = 1
        var limit: UInt64 = 10
        while digits < 20, rest >= limit {
            digits &+= 1
            let (next, overflow) = limit.multipliedReportingOverflow(by: 10)
            if overflow { break }
            limit = next
        }
        var at = count &+ digits
        used = at
        repeat {
            at &-= 1
            base[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }

    /// Gives the bytes to `body`. The pointer is valid inside `body` only.
    @inlinable @inline(__always)
    package func withBytes<R, E: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(UnsafeBufferPointer(start: base, count: count))
    }

    /// Lets `body` write up to `room` bytes at the end. It returns how many it wrote.
    package mutating func appendUninitialized<E: Error>(
        _ room: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(E) -> Int
    ) throws(E) {
        reserve(room)
        let written = try body(UnsafeMutableBufferPointer(start: base + count, count: room))
        used += min(max(written, 0), room)
    }

    /// A copy of the bytes.
    package func array() -> [UInt8] { withBytes { Array($0) } }

    /// The bytes as text. Bytes that are not UTF-8 become U+FFFD.
    package func text() -> String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
