// SPDX-License-Identifier: MIT
import FootfallJSON

/// The body of a form, `application/x-www-form-urlencoded`.
package enum FormEncoding {
    /// Encodes pairs in their order. Letters, digits and `*-._` stay, a space becomes `+`, and every
    /// other byte of the UTF-8 becomes `%XX`.
    package static func body(_ pairs: some Sequence<(name: String, value: String)>) -> [UInt8] {
        var buffer = ByteBuffer()
        for (name, value) in pairs {
            if buffer.count > 0 { buffer.append(UInt8(ascii: "&")) }
            append(name, to: &buffer)
            buffer.append(UInt8(ascii: "="))
            append(value, to: &buffer)
        }
        return buffer.array()
    }

    private static func append(_ text: String, to buffer: inout ByteBuffer) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "*"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                buffer.append(byte)
            case UInt8(ascii: " "): buffer.append(UInt8(ascii: "+"))
            default:
                buffer.append(UInt8(ascii: "%"))
                buffer.append(digit(byte >> 4))
                buffer.append(digit(byte & 0xF))
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
