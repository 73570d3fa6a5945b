// SPDX-License-Identifier: MIT
import FootfallJSON

/// JSON with one member per line, for people.
struct IndentedJSON {
    private(set) var lines: [String] = []

    init(_ value: JSON) { add(value, prefix: "", suffix: "", depth: 0) }

    private mutating func add(_ value: JSON, prefix: String, suffix: String, depth: Int) {
        let indent = String(repeating: "  ", count: depth)
        switch value {
        case .object(let object) where !object.isEmpty:
            lines.append("\(indent)\(prefix){")
            let members = object.members
            for (index, member) in members.enumerated() {
                let comma = index == members.count - 1 ? "" : ","
                add(member.value, prefix: "\(JSON.string(member.key).text): ", suffix: comma, depth: depth + 1)
            }
            lines.append("\(indent)}\(suffix)")
        case .array(let values) where !values.isEmpty:
            lines.append("\(indent)\(prefix)[")
            for (index, element) in values.enumerated() {
                add(element, prefix: "", suffix: index == values.count - 1 ? "" : ",", depth: depth + 1)
            }
            lines.append("\(indent)]\(suffix)")
        default: lines.append("\(indent)\(prefix)\(value.text)\(suffix)")
        }
    }
}
