// SPDX-License-Identifier: MIT
import FootfallJSON

/// Whether an event is meant: a text in Segment's FQL, compiled once.
///
/// ```swift
/// let trigger = try Trigger(compiling: "type = \"track\" and properties.total >= 100")
/// trigger.matches(event)
/// ```
///
/// The fields are type, event, name, userId, properties, traits and context;
/// the operators `=`, `!=`, `<`, `<=`, `>`, `>=` and the functions `contains` and
/// `match`. There is no precedence: of `and` and `or`, the last one in a level
/// is meant for all of it; use parentheses.
package struct Trigger: Sendable {
    private let conditions: CompiledCondition
    private let parsed: ConditionTree

    /// Reads a trigger.
    ///
    /// - Throws: ``TriggerError`` for what cannot be read, or has no condition.
    package init(compiling text: String) throws(TriggerError) {
        parsed = try TriggerParser.tree(of: text)
        conditions = CompiledCondition(parsed)
    }

    /// Whether an event fulfils the conditions.
    package func matches(_ event: JSON) -> Bool {
        if event.isNull { return false }
        return conditions.matches(event) == true
    }

    /// The conditions as JSON, for people and tests.
    package var tree: JSON { parsed.tree }
}

/// Conditions with their paths and values ready to be compared.
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

    /// `nil` when the whole trigger must not match, whatever else is in it.
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
