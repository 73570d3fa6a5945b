// SPDX-License-Identifier: MIT

// The binary form of a value, for the spool. Writing it takes a third of the time of
// JSON text, and reading it needs no parser. A value is a tag and its content; counts
// are 32 bits, least significant byte first. Only the machine that wrote it reads it,
// and the version of `EventRecord` names the form.

private enum Tag {
    static let null: UInt8 = 0
    static let no: UInt8 = 1
    static let yes: UInt8 = 2
    static let int: UInt8 = 3
    static let double: UInt8 = 4
    static let number: UInt8 = 5
    static let string: UInt8 = 6
    static let array: UInt8 = 7
    static let object: UInt8 = 8
}

extension ByteBuffer {
    package mutating func append(binary value: JSON) {
        switch value {
        case .null: append(Tag.null)
        case .bool(let flag): append(flag ? Tag.yes : Tag.no)
        case .int(let number):
            append(Tag.int)
            append(littleEndian: number)
        case .double(let number):
            append(Tag.double)
            append(littleEndian: number.bitPattern)
        case .number(let text):
            append(Tag.number)
            append(binary: text)
        case .string(let text):
            append(Tag.string)
            append(binary: text)
        case .array(let elements):
            append(Tag.array)
            append(littleEndian: UInt32(truncatingIfNeeded: elements.count))
            for element in elements { append(binary: element) }
        case .object(let object):
            append(Tag.object)
            append(binary: object)
        }
    }

    package mutating func append(binary object: JSONObject) {
        append(littleEndian: UInt32(truncatingIfNeeded: object.count))
        for member in object.members {
            append(binary: member.key)
            append(binary: member.value)
        }
    }

    @inline(__always)
    package mutating func append(binary text: String) {
        var text = text
        text.withUTF8 { utf8 in
            append(littleEndian: UInt32(truncatingIfNeeded: utf8.count))
            append(utf8)
        }
    }
}

/// Reads the binary form of values. Other bytes give `nil`, never a trap.
package struct BinaryReader {
    @usableFromInline
    var rest: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// True when everything was read.
    package var isAtEnd: Bool { rest.isEmpty }

    @inlinable
    package mutating func integer<T: FixedWidthInteger>(_ type: T.Type = T.self) -> T? {
        let size = MemoryLayout<T>.size
        guard rest.count >= size else { return nil }
        let value = T(littleEndian: rest.loadUnaligned(as: T.self))
        rest = UnsafeRawBufferPointer(rebasing: rest[size...])
        return value
    }

    package mutating func string() -> String? {
        guard let count: UInt32 = integer(), rest.count >= Int(count) else { return nil }
        let utf8 = UnsafeRawBufferPointer(rebasing: rest[..<Int(count)]).assumingMemoryBound(to: UInt8.self)
        let text = String(decoding: utf8, as: UTF8.self)
        rest = UnsafeRawBufferPointer(rebasing: rest[Int(count)...])
        return text
    }

    package mutating func object(depth: Int = 0) -> JSONObject? {
        // The smallest member has five bytes, so a wrong count reserves little memory.
        guard depth < 128, let count: UInt32 = integer(), Int(count) <= rest.count / 5 else { return nil }
        var members: [JSONObject.Member] = []
        members.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let key = string(), let value = value(depth: depth + 1) else { return nil }
            members.append(JSONObject.Member(key, value))
        }
        return JSONObject(unique: members)
    }

    package mutating func value(depth: Int = 0) -> JSON? {
        guard let tag: UInt8 = integer() else { return nil }
        switch tag {
        case Tag.null: return .null
        case Tag.no: return .bool(false)
        case Tag.yes: return .bool(true)
        case Tag.int: return integer().map { .int($0) }
        case Tag.double: return integer(UInt64.self).map { .double(Double(bitPattern: $0)) }
        case Tag.number: return string().map { .number($0) }
        case Tag.string: return string().map { .string($0) }
        case Tag.array:
            guard depth < 128, let count: UInt32 = integer(), Int(count) <= rest.count else { return nil }
            var elements: [JSON] = []
            elements.reserveCapacity(Int(count))
            for _ in 0..<count {
                guard let element = value(depth: depth + 1) else { return nil }
                elements.append(element)
            }
            return .array(elements)
        case Tag.object: return object(depth: depth).map { .object($0) }
        default: return nil
        }
    }
}
