// SPDX-License-Identifier: MIT
import FootfallJSON

/// Converts between numbers and strings as JavaScript does, because mappings and coercions
/// were written for JavaScript.
package enum JavaScriptNumber {
    /// A number as a string, with the fewest digits that identify it: in decimal form from 1e-6
    /// to below 1e21, otherwise as `1e+21` or `1e-7`.
    package static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        if value == 0 { return "0" }
        let (digits, point) = shortest(value.magnitude)
        let sign = value < 0 ? "-" : ""
        let count = digits.utf8.count
        switch point {
        case count...21 where point >= count:
            return sign + digits + String(repeating: "0", count: point - count)
        case 1...21:
            return sign + digits.prefix(point) + "." + digits.dropFirst(point)
        case -5...0:
            return sign + "0." + String(repeating: "0", count: -point) + digits
        default:
            let exponent = point - 1
            let fraction = count > 1 ? "." + digits.dropFirst() : ""
            return sign + digits.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+") + "\(abs(exponent))"
        }
    }

    /// The significant digits, and how many of them are before the point.
    private static func shortest(_ value: Double) -> (digits: String, point: Int) {
        var digits: [UInt8] = []
        var point = 0
        var exponent = 0
        var isAfterPoint = false
        var text = value.description
        text.withUTF8 { bytes in
            for (index, byte) in bytes.enumerated() {
                if byte == UInt8(ascii: ".") {
                    isAfterPoint = true
                } else if byte == UInt8(ascii: "e") {
                    exponent = Int(String(decoding: bytes[(index + 1)...], as: UTF8.self)) ?? 0
                    break
                } else {
                    digits.append(byte)
                    if !isAfterPoint { point += 1 }
                }
            }
        }
        let leading = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leading)
        point -= leading
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        return (String(decoding: digits, as: UTF8.self), point + exponent)
    }

    /// A string as a number. White space around it is ignored, the empty string is 0, and the
    /// prefixes `0x`, `0o` and `0b` are accepted. `nil` for NaN.
    package static func number(_ text: String) -> Double? {
        let scalars = text.trimmedOfJavaScriptSpace().unicodeScalars
        guard let first = scalars.first else { return 0 }
        if first == "0", let radix = scalars.dropFirst().first.flatMap({ radices[$0] }) {
            return integer(scalars.dropFirst(2), radix: radix)
        }
        switch String(scalars) {
        case "Infinity", "+Infinity": return .infinity
        case "-Infinity": return -.infinity
        case let decimal: return isDecimal(decimal) ? Double(decimal) ?? .infinity : nil
        }
    }

    private static let radices: [Unicode.Scalar: Double] = [
        "x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2,
    ]

    private static func integer(_ digits: some Sequence<Unicode.Scalar>, radix: Double) -> Double? {
        var value = 0.0
        var hasDigits = false
        for digit in digits {
            guard digit.isASCII, let number = Character(digit).hexDigitValue, Double(number) < radix else { return nil }
            value = value * radix + Double(number)
            hasDigits = true
        }
        return hasDigits ? value : nil
    }

    /// An optional sign, digits with an optional point, an optional exponent.
    private static func isDecimal(_ text: String) -> Bool {
        var bytes = Array(text.utf8)[...]
        func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
        func skipSign() {
            if bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") { bytes.removeFirst() }
        }
        func skipDigits() -> Int {
            let rest = bytes.drop(while: isDigit)
            defer { bytes = rest }
            return bytes.count - rest.count
        }
        skipSign()
        var digits = skipDigits()
        if bytes.first == UInt8(ascii: ".") {
            bytes.removeFirst()
            digits += skipDigits()
        }
        guard digits > 0 else { return false }
        if bytes.first == UInt8(ascii: "e") || bytes.first == UInt8(ascii: "E") {
            bytes.removeFirst()
            skipSign()
            guard skipDigits() > 0 else { return false }
        }
        return bytes.isEmpty
    }
}
