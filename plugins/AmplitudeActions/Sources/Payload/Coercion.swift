// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// Coerces values to the types of their fields, as JSON schema validators do in "coerce
/// arrays" mode: for a number, `"5"` becomes 5, and so does `[5]`.
enum Coercion {
    /// The value, coerced or not; or the kind of the value, for the message.
    enum Result {
        case value(JSON)
        case wrong(String)
    }

    static func coerce(_ value: JSON, to types: [FieldType]) -> Result {
        for type in types where matches(value, type) { return .value(value) }
        var value = value
        if types.first != .object, case .array(let elements) = value, elements.count == 1 {
            value = elements[0]
            // With several types, an element is used only if it is coerced.
            if types.count == 1, matches(value, types[0]) { return .value(value) }
        }
        for type in types {
            if let changed = changed(value, to: type) { return .value(changed) }
        }
        return .wrong(article(value))
    }

    private static func matches(_ value: JSON, _ type: FieldType) -> Bool {
        switch (type, value) {
        case (.text, .string), (.flag, .bool), (.object, .object), (.null, .null): true
        case (.number, _), (.date, _): value.isNumber
        case (.integer, .int): true
        case (.integer, .double(let number)): number.rounded() == number
        case (.integer, .number): isIntegral(value.doubleValue)
        default: false
        }
    }

    private static func isIntegral(_ number: Double?) -> Bool {
        number.map { $0.isFinite && $0.rounded() == $0 } ?? false
    }

    private static func changed(_ value: JSON, to type: FieldType) -> JSON? {
        switch type {
        case .text:
            switch value {
            case .null: return ""
            case .bool, .int, .double, .number: return .string(value.javaScriptText)
            default: return nil
            }
        case .number: return number(value)
        case .integer:
            guard let number = number(value), number.doubleValue.map({ $0.isInfinite || isIntegral($0) }) == true else {
                return nil
            }
            return number
        case .flag:
            switch value {
            case "true", 1: return true
            case "false", 0, .null: return false
            default: return nil
            }
        case .null:
            switch value {
            case "", 0, false: return .null
            default: return nil
            }
        case .object, .date: return nil
        }
    }

    private static func number(_ value: JSON) -> JSON? {
        switch value {
        case .null: return 0
        case .bool(let flag): return flag ? 1 : 0
        case .string(let text):
            guard !text.isEmpty, let number = JavaScriptNumber.number(text) else { return nil }
            return JSON(number)
        case .int, .double, .number: return value
        case .array, .object: return nil
        }
    }

    /// The kind with its article: `a string`, `an object`, `null`.
    static func article(_ value: JSON) -> String {
        let type = value.javaScriptType
        return value.isNull ? type : "\(indefiniteArticle(type)) \(type)"
    }
}

extension JSON {
    /// A number, as an integer if it is whole and exact.
    init(_ number: Double) {
        if number.magnitude < 9_007_199_254_740_992, let integer = Int64(exactly: number) {
            self = .int(integer)
        } else {
            self = .double(number)
        }
    }
}
