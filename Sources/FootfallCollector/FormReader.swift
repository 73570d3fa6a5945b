// SPDX-License-Identifier: MIT
import FootfallJSON

/// The fields of a form, `application/x-www-form-urlencoded`.
struct FormReader {
    private let body: UnsafeBufferPointer<UInt8>

    init(_ body: UnsafeBufferPointer<UInt8>) { self.body = body }

    /// The value of the first field of this name; `nil` when there is none.
    func value(_ name: StaticString) -> [UInt8]? {
        for pair in body.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let isWanted = Self.decoded(parts[0])
                .elementsEqual(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
            if isWanted { return parts.count == 2 ? Self.decoded(parts[1]) : [] }
        }
        return nil
    }

    /// Decodes `+` to a space and `%XX` to a byte; all other bytes stay as they are.
    private static func decoded(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index != bytes.endIndex {
            let byte = bytes[index]
            index = bytes.index(after: index)
            guard byte == UInt8(ascii: "%") else {
                result.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            let digits = bytes[index...].prefix(2).compactMap(digit)
            guard digits.count == 2 else {
                result.append(byte)
                continue
            }
            result.append(digits[0] << 4 | digits[1])
            index = bytes.index(index, offsetBy: 2)
        }
        return result
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
