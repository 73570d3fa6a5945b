// SPDX-License-Identifier: MIT

/// Reads JSON text (RFC 8259), within limits.
///
/// ```swift
/// let value = try JSONParser.parse(#"{"total": 59.90}"#)
/// ```
///
/// A byte order mark before the value is skipped. A lone surrogate escape becomes U+FFFD. Of two members with one key the later value
/// stays. Errors are: a number beyond the range of a double, `NaN`, `Infinity`, bytes
/// that are not UTF-8, anything after the value, and more than 64 arrays and objects
/// inside one another.
public struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let options: Options
    private var index = 0
    private var depth = 0
    /// The way to the current field; `nil` when positions are not wanted.
    private var path: [String]?
    /// The byte at which each field's key begins, by the field's path.
    private var positions: [String: Int] = [:]

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ options: Options) {
        self.bytes = bytes
        self.options = options
    }

    /// Reads one value from UTF-8 bytes. Throws ``JSONError``.
    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> JSON {
        try parse(bytes, options: Options())
    }

    /// Reads one value from a text. Throws ``JSONError``.
    public static func parse(_ text: String) throws(JSONError) -> JSON { try parse(text, options: Options()) }

    package static func parse(_ bytes: UnsafeBufferPointer<UInt8>, options: Options) throws(JSONError) -> JSON {
        var parser = JSONParser(bytes, options)
        return try parser.document()
    }

    package static func parse(_ text: String, options: Options) throws(JSONError) -> JSON {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(JSONError) in try parse(bytes, options: options) }
        }
        return try result.get()
    }

    /// Reads one value, and the byte at which each field's key begins, by the
    /// field's path (`destinations[0].type`).
    package static func parseWithPositions(
        _ bytes: UnsafeBufferPointer<UInt8>, options: Options = Options()
    ) throws(JSONError) -> (value: JSON, positions: [String: Int]) {
        var parser = JSONParser(bytes, options)
        parser.path = []
        let value = try parser.document()
        return (value, parser.positions)
    }

    private mutating func document() throws(JSONError) -> JSON {
        index = ByteOrderMark.count(bytes)
        try skipSpace()
        let value = try value()
        try skipSpace()
        guard index == bytes.count else { throw failure("there is more after the value") }
        return value
    }

    private func failure(_ problem: String) -> JSONError { JSONError(problem: problem, offset: index) }

    @inline(__always)
    private var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    @inline(__always)
    private mutating func skipSpace() throws(JSONError) {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            case UInt8(ascii: "/") where options.allowsComments: try skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() throws(JSONError) {
        guard index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "/") else {
            throw failure("a comment begins with //")
        }
        while index < bytes.count, bytes[index] != 0x0A { index += 1 }
    }

    private mutating func value() throws(JSONError) -> JSON {
        switch current {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), (UInt8(ascii: "0")...UInt8(ascii: "9"))?: return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case nil: throw failure("the text ends where a value should be")
        default: throw failure("this is not a JSON value")
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let count = word.utf8CodeUnitCount
        guard index + count <= bytes.count else { throw failure("this is not a JSON value") }
        for offset in 0..<count where bytes[index + offset] != word.utf8Start[offset] {
            throw failure("this is not a JSON value")
        }
        index += count
        return value
    }

    private mutating func descend() throws(JSONError) {
        depth += 1
        index += 1
        guard depth <= options.maximumDepth else {
            throw failure("there are more than \(options.maximumDepth) arrays and objects inside one another")
        }
    }

    private mutating func array() throws(JSONError) -> [JSON] {
        try descend()
        var elements: [JSON] = []
        try skipSpace()
        if current == UInt8(ascii: "]") {
            index += 1
            depth -= 1
            return elements
        }
        while true {
            try skipSpace()
            if path != nil { path?.append("[\(elements.count)]") }
            do throws(JSONError) {
                elements.append(try value())
            } catch {
                var error = error
                error.enter(elements.count)
                throw error
            }
            if path != nil { path?.removeLast() }
            try skipSpace()
            switch current {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "]"):
                index += 1
                depth -= 1
                return elements
            default: throw failure("a comma or ] is missing in an array")
            }
        }
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try descend()
        var members = MemberList()
        try skipSpace()
        if current == UInt8(ascii: "}") {
            index += 1
            depth -= 1
            return members.object()
        }
        while true {
            try skipSpace()
            guard current == UInt8(ascii: "\"") else { throw failure("a key in quotes is missing in an object") }
            let begin = index
            let key = try string()
            if path != nil { enterPath(key, at: begin) }
            do throws(JSONError) {
                try skipSpace()
                guard current == UInt8(ascii: ":") else { throw failure("a colon is missing after a key") }
                index += 1
                try skipSpace()
                members.append(key, try value())
            } catch {
                var error = error
                error.enter(key)
                throw error
            }
            if path != nil { path?.removeLast() }
            try skipSpace()
            switch current {
            case UInt8(ascii: ","): index += 1
            case UInt8(ascii: "}"):
                index += 1
                depth -= 1
                return members.object()
            default: throw failure("a comma or } is missing in an object")
            }
        }
    }

    private mutating func enterPath(_ key: String, at begin: Int) {
        guard var path else { return }
        path.append(path.isEmpty ? key : ".\(key)")
        positions[path.joined()] = begin
        self.path = path
    }
}

// MARK: - Texts

extension JSONParser {
    /// A text; the index is at its first quote.
    private mutating func string() throws(JSONError) -> String {
        index &+= 1
        let begin = index
        let (end, isASCII) = PlainText.scan(bytes, from: begin)
        index = end
        guard index < bytes.count else { throw failure("a text has no closing quote") }
        switch bytes[index] {
        case UInt8(ascii: "\""):
            let utf8 = UnsafeBufferPointer(rebasing: bytes[begin..<index])
            // ASCII is valid UTF-8. Validating costs ten times as much as this.
            let text = isASCII ? String(decoding: utf8, as: UTF8.self) : try text(utf8)
            index &+= 1
            return text
        case UInt8(ascii: "\\"): return try escapedString(from: begin)
        default: throw failure("a control character in a text must be escaped")
        }
    }

    private func text(_ utf8: UnsafeBufferPointer<UInt8>) throws(JSONError) -> String {
        guard let text = String(validating: utf8, as: UTF8.self) else { throw failure("the text is not valid UTF-8") }
        return text
    }

    private mutating func escapedString(from begin: Int) throws(JSONError) -> String {
        var unescaped = Array(bytes[begin..<index])
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""):
                let result = unescaped.withUnsafeBufferPointer { utf8 in
                    Result { () throws(JSONError) in try text(utf8) }
                }
                index += 1
                return try result.get()
            case UInt8(ascii: "\\"): try unescape(into: &unescaped)
            case 0..<0x20: throw failure("a control character in a text must be escaped")
            default:
                unescaped.append(byte)
                index += 1
            }
        }
        throw failure("a text has no closing quote")
    }

    private mutating func unescape(into text: inout [UInt8]) throws(JSONError) {
        guard index + 1 < bytes.count else { throw failure("a text ends in an escape") }
        let escape = bytes[index + 1]
        index += 2
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape()).utf8)
        default: throw failure("\\ is followed by a letter that is no escape")
        }
    }

    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let first = try hexadecimal()
        guard first & 0xFC00 == 0xD800 else { return Unicode.Scalar(first) ?? replacement }
        guard index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u") else {
            return replacement
        }
        let before = index
        index += 2
        let second = try hexadecimal()
        guard second & 0xFC00 == 0xDC00 else {
            index = before
            return replacement
        }
        return Unicode.Scalar(0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF)) ?? replacement
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard index + 4 <= bytes.count else { throw failure("\\u needs four hexadecimal digits") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch bytes[index] {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case let byte where byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"):
                digit = byte - UInt8(ascii: "a") + 10
            case let byte where byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F"):
                digit = byte - UInt8(ascii: "A") + 10
            default: throw failure("\\u needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}

// MARK: - Numbers

extension JSONParser {
    private mutating func number() throws(JSONError) -> JSON {
        let begin = index
        let isNegative = current == UInt8(ascii: "-")
        if isNegative { index &+= 1 }
        let wholeBegin = index
        var mantissa: UInt64 = 0
        var digits = 0
        scanDigits(&mantissa, &digits)
        let wholeDigits = index - wholeBegin
        guard wholeDigits > 0 else { throw failure("a number has no digits") }
        guard wholeDigits == 1 || bytes[wholeBegin] != UInt8(ascii: "0") else {
            throw failure("a number begins with a zero that means nothing")
        }

        var scale = 0
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            index &+= 1
            let fractionBegin = index
            scanDigits(&mantissa, &digits)
            scale = fractionBegin - index
            guard scale < 0 else { throw failure("a number has no digits after its point") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            scale += try exponent()
        }

        let source = UnsafeBufferPointer(rebasing: bytes[begin..<index])
        if isInteger {
            if digits <= 18 { return .int(isNegative ? -Int64(mantissa) : Int64(mantissa)) }
            if let value = Int64(String(decoding: source, as: UTF8.self)) { return .int(value) }
        } else if digits <= 15, scale >= -22, scale <= 22 {
            // Both factors are exact in a double, so their product is rounded once.
            let power = Self.powersOfTen[abs(scale)]
            let magnitude = scale < 0 ? Double(mantissa) / power : Double(mantissa) * power
            return .double(isNegative ? -magnitude : magnitude)
        }
        return try exactNumber(source)
    }

    private func exactNumber(_ source: UnsafeBufferPointer<UInt8>) throws(JSONError) -> JSON {
        let text = String(decoding: source, as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            let shown = text.count > 40 ? text.prefix(40) + "…" : text[...]
            throw failure("the number \(shown) is too large for a double")
        }
        return DecimalText(value.description) == DecimalText(source) ? .double(value) : .number(text)
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
        1e19, 1e20, 1e21, 1e22,
    ]

    /// Adds up to 18 digits to the mantissa, which holds no more, and counts all digits
    /// from the first that is not zero.
    @inline(__always)
    private mutating func scanDigits(_ mantissa: inout UInt64, _ digits: inout Int) {
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            if digits > 0 || digit != 0 { digits &+= 1 }
            if digits <= 18 { mantissa = mantissa &* 10 &+ UInt64(digit) }
            index &+= 1
        }
    }

    private mutating func exponent() throws(JSONError) -> Int {
        index &+= 1
        var isNegative = false
        if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") {
            isNegative = current == UInt8(ascii: "-")
            index &+= 1
        }
        let begin = index
        var value = 0
        while index < bytes.count {
            let digit = bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            value = min(value * 10 + Int(digit), 1_000_000)
            index &+= 1
        }
        guard index > begin else { throw failure("a number has no digits in its exponent") }
        return isNegative ? -value : value
    }
}
