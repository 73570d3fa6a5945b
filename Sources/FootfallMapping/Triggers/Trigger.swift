// SPDX-License-Identifier: MIT

// Who imports FootfallMapping writes events and mappings as JSON literals without a second import.
@_exported import FootfallJSON

/// A condition for events in Segment's language FQL, compiled once for many events.
///
/// ```swift
/// let trigger = try Trigger(compiling: "type = \"track\" and properties.total >= 100")
/// trigger.matches(["type": "track", "properties": ["total": 250]])  // true
/// ```
///
/// An event is JSON in the form of Segment's specification: what a `Delivery` gets, read by `JSONParser.parse(_:)`, or
/// `Event.json` in a plugin.
///
/// The fields are `type`, `event`, `name`, `userId`, `properties.…`, `traits.…` and `context.…`. The operators are
/// `=`, `!=`, `<`, `<=`, `>` and `>=`, with a space on both sides. `null` stands for a missing value. The functions are
/// `contains(event, "Door")` and `match(event, "Order*")`, with `*` at one end; `!` before a function negates it.
///
/// There is no precedence: the last `and` or `or` of a level applies to the whole level, so a mix of both needs
/// parentheses. Other peculiarities of Segment's language are in the README of the plugin `AmplitudeActions`.
public struct Trigger: Sendable {
    private let conditions: CompiledCondition
    private let parsed: ConditionTree

    /// Parses and compiles a trigger.
    ///
    /// - Throws: ``TriggerError`` when the text is not a trigger or has no condition.
    public init(compiling text: String) throws(TriggerError) {
        parsed = try TriggerParser.tree(of: text)
        conditions = CompiledCondition(parsed)
    }

    /// Whether an event meets the conditions.
    ///
    /// From any thread.
    public func matches(_ event: JSON) -> Bool {
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
