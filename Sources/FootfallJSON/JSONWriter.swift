// SPDX-License-Identifier: MIT

extension ByteBuffer {
    /// A value as JSON text, without white space.
    ///
    /// A double that is not finite is written as `null`: JSON has no text for it.
    package mutating func append(json value: JSON) {
        switch value {
        case .null: append("null")
        case .bool(let flag): flag ? append("true") : append("false")
        case .int(let number): append(decimal: number)
        case .double(let number): append(json: number)
        case .number(let text): append(utf8: text)
        case .string(let text): append(json: text)
        case .array(let elements):
            append(UInt8(ascii: "["))
            var first = true
            for element in elements {
                if first { first = false } else { append(UInt8(ascii: ",")) }
                append(json: element)
            }
            append(UInt8(ascii: "]"))
        case .object(let object): append(json: object)
        }
    }

    /// An object as JSON text, its keys in their order.
    package mutating func append(json object: JSONObject) {
        append(UInt8(ascii: "{"))
        var first = true
        for member in object.members {
            if first { first = false } else { append(UInt8(ascii: ",")) }
            append(json: member.key)
            append(UInt8(ascii: ":"))
            append(json: member.value)
        }
        append(UInt8(ascii: "}"))
    }

    /// A double in its shortest text that reads back as the same double.
    package mutating func append(json number: Double) {
        guard number.isFinite else { return append("null") }
        append(utf8: number.description)
    }

    /// A text in quotes, with the escapes that JSON asks for and no others.
    package mutating func append(json text: String) {
        var text = text
        text.withUTF8 { bytes in
            reserve(bytes.count &+ 2)
            append(UInt8(ascii: "\""))
            var plain = 0
            while true {
                let (end, _) = PlainText.scan(bytes, from: plain)
                append(UnsafeBufferPointer(rebasing: bytes[plain..<end]))
                guard end < bytes.count else { break }
                append(escaped: bytes[end])
                plain = end &+ 1
            }
            append(UInt8(ascii: "\""))
        }
    }

    @inline(never)
    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        default:
            append("\\u00")
            append(hexadecimalDigit(byte >> 4))
            append(hexadecimalDigit(byte & 0xF))
        }
    }
}

/// One digit, in lower case.
@inline(__always)
func hexadecimalDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
}

extension JSON {
    /// The value as JSON text.
    public var text: String {
        var buffer = ByteBuffer()
        buffer.append(json: self)
        return buffer.text()
    }
}

extension JSONObject {
    /// The object as JSON text.
    public var text: String { JSON.object(self).text }
}
