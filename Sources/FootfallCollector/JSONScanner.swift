// SPDX-License-Identifier: MIT
import FootfallJSON

/// Finds where JSON values begin and end by following strings and brackets only.
///
/// It never fails on text that the parser accepts. Other text it may accept too, but it
/// never reads beyond the bytes.
struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    private(set) var index: Int

    /// Begins after a byte order mark.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        index = ByteOrderMark.count(bytes)
    }

    var isAtEnd: Bool { index >= bytes.count }

    /// The current byte. At the end 0, which JSON never contains.
    @inline(__always)
    var current: UInt8 { index < bytes.count ? bytes[index] : 0 }

    /// Moves past the current byte if it is this one. Returns whether it was.
    @inline(__always)
    mutating func consume(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        index &+= 1
        return true
    }

    /// Moves past white space.
    @inline(__always)
    mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
            default: return
            }
        }
    }

    /// Moves past one value and returns where it is; `nil` when there is none or its end is
    /// missing.
    mutating func value() -> Range<Int>? {
        let begin = index
        switch current {
        case UInt8(ascii: "\""): guard skipString() else { return nil }
        case UInt8(ascii: "{"), UInt8(ascii: "["): guard skipNested() else { return nil }
        default:
            skipScalar()
            guard index > begin else { return nil }
        }
        return begin..<index
    }

    private mutating func skipString() -> Bool {
        var at = index &+ 1
        let end = bytes.count
        while at < end {
            let byte = bytes[at]
            at &+= 1
            if byte == UInt8(ascii: "\"") {
                index = at
                return true
            }
            if byte == UInt8(ascii: "\\") { at &+= 1 }
        }
        index = end
        return false
    }

    private mutating func skipNested() -> Bool {
        var depth = 0
        while index < bytes.count {
            let byte = bytes[index]
            // Setting bit 0x20 turns [ into { and ] into }, and no other JSON byte into one of them.
            switch byte | 0x20 {
            case UInt8(ascii: "{"):
                depth &+= 1
                index &+= 1
            case UInt8(ascii: "}"):
                depth &-= 1
                index &+= 1
                if depth == 0 { return true }
            default:
                if byte == UInt8(ascii: "\"") {
                    guard skipString() else { return false }
                } else {
                    index &+= 1
                }
            }
        }
        return false
    }

    private mutating func skipScalar() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: ":"):
                return
            default: index &+= 1
            }
        }
    }

    /// Whether the JSON string in this range, with its escapes resolved, is this text.
    func string(at range: Range<Int>, is text: StaticString) -> Bool {
        let inside = UnsafeBufferPointer(rebasing: bytes[range].dropFirst().dropLast())
        if inside.contains(UInt8(ascii: "\\")) { return string(at: range) == text.description }
        return inside.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// The text of the JSON string in this range; `nil` when it is not a string.
    func string(at range: Range<Int>) -> String? {
        // The reason does not matter: the caller asks only for a string.
        let value = try? JSONParser.parse(UnsafeBufferPointer(rebasing: bytes[range]))
        return value?.stringValue
    }

    /// The string that an object has under a key; `nil` when it has none.
    static func text(of key: StaticString, in object: UnsafeBufferPointer<UInt8>) -> String? {
        var scanner = JSONScanner(object)
        scanner.skipSpace()
        guard scanner.consume(UInt8(ascii: "{")) else { return nil }
        repeat {
            scanner.skipSpace()
            guard scanner.current == UInt8(ascii: "\""), let name = scanner.value() else { return nil }
            scanner.skipSpace()
            guard scanner.consume(UInt8(ascii: ":")) else { return nil }
            scanner.skipSpace()
            guard let value = scanner.value() else { return nil }
            if scanner.string(at: name, is: key) { return scanner.string(at: value) }
            scanner.skipSpace()
        } while scanner.consume(UInt8(ascii: ","))
        return nil
    }
}
