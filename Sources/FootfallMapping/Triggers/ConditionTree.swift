// SPDX-License-Identifier: MIT
import FootfallJSON

/// The conditions of a trigger, and how they are combined.
indirect enum ConditionTree: Sendable {
    case condition(Condition)
    case group(isAny: Bool, [ConditionTree])
    /// An empty pair of parentheses. Segment's code fails when it evaluates one, so the trigger
    /// does not match.
    case empty

    var tree: JSON {
        switch self {
        case .condition(let condition): return condition.tree
        case .group(let isAny, let children):
            return ["type": "group", "operator": isAny ? "or" : "and", "children": .array(children.map(\.tree))]
        case .empty: return .null
        }
    }
}
