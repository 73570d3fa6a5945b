// SPDX-License-Identifier: MIT

/// The value of a decimal number's text, for comparing two texts: the significant
/// digits, and the power of ten of the last digit.
struct DecimalText: Equatable {
    private var isNegative = false
    private var digits: [UInt8] = []
    private var exponent = 0

    init(_ text: String) {
        var text = text
        self = text.withUTF8 { DecimalText($0) }
    }

    /// Reads a text that is known to be a JSON number.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        var index = 0
        var afterPoint = false
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): afterPoint = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if !digits.isEmpty || byte != UInt8(ascii: "0") { digits.append(byte) }
                if afterPoint { exponent -= 1 }
            default:
                exponent = Self.sum(exponent, Self.exponent(bytes[index...]))
                index = bytes.count
            }
        }
        while digits.last == UInt8(ascii: "0") {
            digits.removeLast()
            exponent = Self.sum(exponent, 1)
        }
        if digits.isEmpty {
            exponent = 0
            isNegative = false
        }
    }

    /// The largest exponent: the sum of two does not overflow, and no double is as large.
    private static let bound = 1 << 40

    private static func sum(_ a: Int, _ b: Int) -> Int { min(max(a + b, -bound), bound) }

    private static func exponent(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        var value = 0
        var negative = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "-"): negative = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = min(value * 10 + Int(byte - UInt8(ascii: "0")), bound)
            default: break
            }
        }
        return negative ? -value : value
    }
}
