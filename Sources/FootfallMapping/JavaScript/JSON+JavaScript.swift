// SPDX-License-Identifier: MIT
import FootfallJSON

extension JSON {
    /// Whether the value is true in a JavaScript condition.
    package var isTruthy: Bool {
        switch self {
        case .null: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .double(let number): number != 0 && !number.isNaN
        case .number, .array, .object: true
        case .string(let text): !text.isEmpty
        }
    }

    /// The value converted to a string as JavaScript does: a list becomes `1,2`, an object
    /// `[object Object]`.
    package var javaScriptText: String {
        switch self {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): "\(number)"
        case .double(let number): JavaScriptNumber.text(number)
        case .number(let text): JavaScriptNumber.text(Double(text) ?? .nan)
        case .string(let text): text
        case .array(let elements):
            elements.map { $0.isNull ? "" : $0.javaScriptText }.joined(separator: ",")
        case .object: "[object Object]"
        }
    }

    /// The name of the value's type in messages: `object`, `array`, `string`, `number`,
    /// `boolean` or `null`.
    package var javaScriptType: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int, .double, .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// A string, boolean or null converted to a number as JavaScript does; `nil` for NaN, lists
    /// and objects.
    package var javaScriptNumber: Double? {
        switch self {
        case .null: 0
        case .bool(let flag): flag ? 1 : 0
        case .int, .double, .number: doubleValue
        case .string(let text): JavaScriptNumber.number(text)
        case .array, .object: nil
        }
    }

    /// Whether the value is a number.
    package var isNumber: Bool {
        switch self {
        case .int, .double, .number: true
        default: false
        }
    }
}

extension ByteBuffer {
    /// Appends a value as JSON, with numbers as JavaScript writes them: `5` instead of `5.0`.
    package mutating func append(javaScriptJSON value: JSON) {
        switch value {
        case .double(let number): append(utf8: number.isFinite ? JavaScriptNumber.text(number) : "null")
        case .number: append(utf8: value.javaScriptText)
        case .array(let elements):
            append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(javaScriptJSON: element)
            }
            append(UInt8(ascii: "]"))
        case .object(let object):
            append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { append(UInt8(ascii: ",")) }
                append(json: member.key)
                append(UInt8(ascii: ":"))
                append(javaScriptJSON: member.value)
            }
            append(UInt8(ascii: "}"))
        default: append(json: value)
        }
    }
}

/// `a` or `an`, chosen by the first letter as Segment does.
package func indefiniteArticle(_ word: String) -> String {
    switch word.utf8.first.map({ Character(Unicode.Scalar($0)) }) {
    case "a", "e", "i", "o", "u": "an"
    default: "a"
    }
}
