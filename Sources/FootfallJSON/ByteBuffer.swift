// SPDX-License-Identifier: MIT
import Glibc

/// Growing bytes that are written once and handed on, re-used from call to call.
///
/// It is the target of every writer on the hot path: `[UInt8]` checks
/// uniqueness and bounds at each append.
public struct ByteBuffer: ~Copyable {
    // Small methods are inlinable: across modules generic code runs unspecialised.
    @usableFromInline
    var base: UnsafeMutablePointer<UInt8>
    @usableFromInline
    var capacity: Int
    @usableFromInline
    var used = 0

    /// How many bytes there are.
    @inlinable
    public var count: Int { used }

    /// An empty buffer with room for `capacity` bytes; it grows as needed.
    public init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// Forgets the bytes and keeps the room, or gives it back above `limit`.
    public mutating func removeAll(keepingAtMost limit: Int = 1 << 20) {
        used = 0
        guard capacity > limit else { return }
        base.deallocate()
        capacity = limit
        base = .allocate(capacity: capacity)
    }

    /// Forgets the bytes after the first `newCount`.
    public mutating func truncate(to newCount: Int) { used = min(count, max(newCount, 0)) }

    /// Makes room for `extra` bytes more.
    @inlinable @inline(__always)
    public mutating func reserve(_ extra: Int) {
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
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        base[count] = byte
        used &+= 1
    }

    @inlinable @inline(__always)
    public mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count)
        memcpy(base + count, source, bytes.count)
        used &+= bytes.count
    }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        append(bytes.assumingMemoryBound(to: UInt8.self))
    }

    public mutating func append(_ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { append($0) }
    }

    @inlinable @inline(__always)
    public mutating func append(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        memcpy(base + count, text.utf8Start, text.utf8CodeUnitCount)
        used &+= text.utf8CodeUnitCount
    }

    /// The UTF-8 of a text, as it is.
    @inlinable @inline(__always)
    public mutating func append(utf8 text: String) {
        var text = text
        text.withUTF8 { append($0) }
    }

    /// The bytes of an integer, least significant first.
    @inlinable @inline(__always)
    public mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
        let size = MemoryLayout<T>.size
        reserve(size)
        UnsafeMutableRawPointer(base + count).storeBytes(of: value.littleEndian, as: T.self)
        used &+= size
    }

    /// Writes an integer over bytes that are there already.
    @inlinable
    public mutating func replace<T: FixedWidthInteger>(at offset: Int, littleEndian value: T) {
        precondition(offset >= 0 && offset + MemoryLayout<T>.size <= count)
        UnsafeMutableRawPointer(base + offset).storeBytes(of: value.littleEndian, as: T.self)
    }

    /// An integer in decimal digits.
    public mutating func append(decimal value: Int64) {
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

    /// Reads the bytes; the pointer is good inside `body` only.
    @inlinable @inline(__always)
    public func withBytes<R, E: Error>(_ body: (UnsafeBufferPointer<UInt8>) throws(E) -> R) throws(E) -> R {
        try body(UnsafeBufferPointer(start: base, count: count))
    }

    /// Lets `body` write up to `room` bytes at the end and say how many it wrote.
    public mutating func appendUninitialized<E: Error>(
        _ room: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(E) -> Int
    ) throws(E) {
        reserve(room)
        let written = try body(UnsafeMutableBufferPointer(start: base + count, count: room))
        used += min(max(written, 0), room)
    }

    /// A copy of the bytes.
    public func array() -> [UInt8] { withBytes { Array($0) } }

    /// The bytes as text; what is not UTF-8 is replaced.
    public func text() -> String { withBytes { String(decoding: $0, as: UTF8.self) } }
}
