// SPDX-License-Identifier: MIT
import FootfallJSON

/// A condition for events in Segment's language FQL, compiled once for many events.
///
/// ```swift
/// let trigger = try Trigger(compiling: "type = \"track\" and properties.total >= 100")
/// trigger.matches(event)
/// ```
///
/// The fields are `type`, `event`, `name`, `userId`, `properties`, `traits` and `context`.
/// The operators are `=`, `!=`, `<`, `<=`, `>` and `>=`; the functions are `contains` and
/// `match`. There is no precedence: the last `and` or `or` of a level applies to the whole
/// level, so a mix of both needs parentheses.
package struct Trigger: Sendable {
    private let conditions: CompiledCondition
    private let parsed: ConditionTree

    /// Parses and compiles a trigger.
    ///
    /// - Throws: ``TriggerError`` when the text is not a trigger or has no condition.
    package init(compiling text: String) throws(TriggerError) {
        parsed = try TriggerParser.tree(of: text)
        conditions = CompiledCondition(parsed)
    }

    /// Whether an event meets the conditions.
    package func matches(_ event: JSON) -> Bool {
        if event.isNull { return false }
        return conditions.matches(event) == true
    }

    /// The conditions as JSON, for tests.
    package var tree: JSON { parsed.tree }
}

/// Conditions whose paths and values are parsed.
private indirect enum CompiledCondition: Sendable {
    case test(Path, ValueTest)
    case all([CompiledCondition])
    case any([CompiledCondition])
    case empty

    init(_ tree: ConditionTree) {
        switch tree {
        case .condition(let condition): self = .test(condition.path, ValueTest(condition.operation, condition.value))
        case .group(let isAny, let children):
            let conditions = children.map(CompiledCondition.init)
            self = isAny ? .any(conditions) : .all(conditions)
        case .empty: self = .empty
        }
    }

    /// Whether the event meets the conditions; `nil` when the whole trigger must not match.
    func matches(_ event: JSON) -> Bool? {
        switch self {
        case .test(let path, let test): return test.holds(path.value(in: event))
        case .all(let conditions):
            for condition in conditions {
                guard let result = condition.matches(event) else { return nil }
                if !result { return false }
            }
            return true
        case .any(let conditions):
            for condition in conditions {
                guard let result = condition.matches(event) else { return nil }
                if result { return true }
            }
            return false
        case .empty: return nil
        }
    }
}
