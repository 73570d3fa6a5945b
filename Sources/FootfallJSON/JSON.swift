// SPDX-License-Identifier: MIT

/// A JSON value.
///
/// A number keeps the value it was read with. It is an ``int(_:)`` when it fits 64
/// bits, a ``double(_:)`` when a double holds it exactly, and otherwise a
/// ``number(_:)`` with its text. So `9007199254740993`, `18446744073709551615` and
/// `0.1000000000000000055` are written as they were read.
///
/// ```swift
/// let total: JSON = ["amount": 59.90, "currency": "EUR", "items": [1, 2]]
/// ```
public enum JSON: Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without a fraction that fits 64 bits.
    case int(Int64)
    /// Any other number that a double holds exactly. One that is not finite is written
    /// as `null`.
    case double(Double)
    /// The text of a number that neither an `Int64` nor a `Double` holds exactly. It is
    /// written as it is, so it must be a JSON number.
    case number(String)
    /// A text.
    case string(String)
    /// Values in order.
    case array([JSON])
    /// Members in order; see ``JSONObject``.
    case object(JSONObject)
}

extension JSON {
    /// The text; `nil` for another kind of value.
    public var stringValue: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    /// True or false; `nil` for another kind of value.
    public var boolValue: Bool? {
        if case .bool(let value) = self { return value }
        return nil
    }

    /// The number as an integer; `nil` when it has a fraction or does not fit 64 bits,
    /// and for another kind of value.
    public var intValue: Int64? {
        switch self {
        case .int(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number as a double, the nearest one when none holds it exactly; `nil` for
    /// another kind of value.
    public var doubleValue: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        case .number(let text): Double(text)
        default: nil
        }
    }

    /// The object; `nil` for another kind of value.
    public var objectValue: JSONObject? {
        if case .object(let value) = self { return value }
        return nil
    }

    /// The elements of an array; `nil` for another kind of value.
    public var arrayValue: [JSON]? {
        if case .array(let value) = self { return value }
        return nil
    }

    /// True for `null`.
    public var isNull: Bool {
        if case .null = self { return true }
        return false
    }

    /// The kind of value, for messages: `null`, `boolean`, `number`, `text`, `array`
    /// or `object`.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int, .double, .number: "number"
        case .string: "text"
        case .array: "array"
        case .object: "object"
        }
    }
}

extension JSON: Equatable {
    /// Whether two values are the same JSON.
    ///
    /// `5` equals `5.0`, and the order of an object's members does not matter. Texts are
    /// compared by their UTF-8 bytes: `é` in one code point is not `é` in two.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.string(let a), .string(let b)): a.isIdentical(to: b)
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.double(let a), .double(let b)): a == b
        case (.number(let a), .number(let b)): a == b || DecimalText(a) == DecimalText(b)
        case (.int(let a), .double(let b)), (.double(let b), .int(let a)): Int64(exactly: b) == a
        default: false
        }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// `null`, from `nil`.
    public init(nilLiteral: ()) { self = .null }
    /// A boolean, from `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A number, from an integer.
    public init(integerLiteral value: Int64) { self = .int(value) }
    /// A number, from a decimal fraction.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// A text, from a string with or without interpolation.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An array, from `[a, b]`.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// An object, from `["key": value]`; of two members with one key the later value stays.
    public init(dictionaryLiteral members: (String, JSON)...) { self = .object(JSONObject(members)) }
}
