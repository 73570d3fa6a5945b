// SPDX-License-Identifier: MIT
import FootfallJSON

/// The test of a condition.
enum ValueTest: Sendable {
    enum Comparison: Sendable {
        case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    }

    enum Place: Sendable {
        case anywhere, start, end
    }

    case text(String)
    case otherThan(String)
    case number(Comparison, Double)
    case part(String, Place, isNegated: Bool)
    case exists(Bool)
    case flag(Bool)
    /// An unknown operator, which no value passes.
    case never

    init(_ operation: String, _ expected: JSON?) {
        let expected = expected ?? .string("undefined")
        func compare(_ comparison: Comparison) -> ValueTest {
            .number(comparison, expected.javaScriptNumber ?? .nan)
        }
        func part(_ place: Place, isNegated: Bool = false) -> ValueTest {
            .part(expected.javaScriptText, place, isNegated: isNegated)
        }
        switch operation {
        case "=": self = .text(expected.javaScriptText)
        case "!=": self = .otherThan(expected.javaScriptText)
        case "number_equals": self = compare(.equal)
        case "number_not_equals": self = compare(.notEqual)
        case "<": self = compare(.less)
        case "<=": self = compare(.lessOrEqual)
        case ">": self = compare(.greater)
        case ">=": self = compare(.greaterOrEqual)
        case "contains": self = part(.anywhere)
        case "not_contains": self = part(.anywhere, isNegated: true)
        case "starts_with": self = part(.start)
        case "not_starts_with": self = part(.start, isNegated: true)
        case "ends_with": self = part(.end)
        case "not_ends_with": self = part(.end, isNegated: true)
        case "exists": self = .exists(true)
        case "not_exists": self = .exists(false)
        case "is_true": self = .flag(true)
        case "is_false": self = .flag(false)
        default: self = .never
        }
    }

    func holds(_ value: JSON?) -> Bool {
        switch self {
        case .text(let expected):
            guard case .string(let text)? = value else { return false }
            return text.isIdentical(to: expected)
        case .otherThan(let expected):
            guard case .string(let text)? = value else { return true }
            return !text.isIdentical(to: expected)
        case .number(let comparison, let expected):
            guard let number = value?.doubleValue else { return false }
            return Self.compare(number, comparison, expected)
        case .part(let part, let place, let isNegated):
            guard case .string(let text)? = value else { return false }
            return Self.has(text, part, place) != isNegated
        case .exists(let isWanted): return (value.map { !$0.isNull } ?? false) == isWanted
        case .flag(let expected):
            guard case .bool(let flag)? = value else { return false }
            return flag == expected
        case .never: return false
        }
    }

    private static func compare(_ number: Double, _ comparison: Comparison, _ expected: Double) -> Bool {
        switch comparison {
        case .equal: number == expected
        case .notEqual: number != expected
        case .less: number < expected
        case .lessOrEqual: number <= expected
        case .greater: number > expected
        case .greaterOrEqual: number >= expected
        }
    }

    private static func has(_ text: String, _ part: String, _ place: Place) -> Bool {
        switch place {
        case .anywhere: text.has(part)
        case .start: text.utf8.starts(with: part.utf8)
        case .end: text.utf8.count >= part.utf8.count && text.utf8.suffix(part.utf8.count).elementsEqual(part.utf8)
        }
    }
}
