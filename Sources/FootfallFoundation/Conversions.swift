// SPDX-License-Identifier: MIT
import Foundation
import FootfallJSON

// The JSON forms of Foundation's values. `JSON(encoding:)` uses them wherever a value has one inside.

extension Date: JSONConvertible {
    /// The time as `2023-11-14T22:13:20.000Z`; one outside the years 0 to 9999 is moved to their border,
    /// and one that is no number is `null`.
    public var json: JSON {
        let milliseconds = (timeIntervalSince1970 * 1_000).rounded()
        guard !milliseconds.isNaN else { return .null }
        let (first, last) = (Timestamp.allowed.lowerBound, Timestamp.allowed.upperBound)
        let whole = milliseconds < Double(first) ? first : milliseconds > Double(last) ? last : Int64(milliseconds)
        return .string(Timestamp(milliseconds: whole).description)
    }
}

extension URL: JSONConvertible {
    /// The whole address as a text.
    public var json: JSON { .string(absoluteString) }
}

extension UUID: JSONConvertible {
    /// The text that Foundation has for it, in upper case.
    public var json: JSON { .string(uuidString) }
}

extension Decimal: JSONConvertible {
    /// The number with all its digits; `null` when it is no number.
    public var json: JSON {
        if isNaN { return .null }
        // The parser makes an integer, a double or an exact text of it, as of any number in a file.
        guard let number = try? JSONParser.parse(description) else { return .string(description) }
        return number
    }
}

extension Data: JSONConvertible {
    /// The bytes as Base64.
    public var json: JSON { .string(base64EncodedString()) }
}
