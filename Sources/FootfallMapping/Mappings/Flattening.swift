// SPDX-License-Identifier: MIT
import FootfallJSON

/// Makes one object of nested ones, the keys joined: what `@flatten` does.
struct Flattening: Sendable {
    let separator: String
    /// Whether lists stay as they are.
    let keepsLists: Bool

    /// Empty objects and lists vanish; what is no object has the empty key.
    func flatten(_ value: JSON?) -> JSONObject {
        var result = JSONObject()
        if let value { append(value, key: nil, to: &result) }
        return result
    }

    private func append(_ value: JSON, key: String?, to result: inout JSONObject) {
        switch value {
        case .object(let object):
            for member in object.members { append(member.value, key: joined(key, member.key), to: &result) }
        case .array(let elements) where !keepsLists:
            for (index, element) in elements.enumerated() {
                append(element, key: joined(key, "\(index)"), to: &result)
            }
        default: result[key ?? ""] = value
        }
    }

    private func joined(_ key: String?, _ next: String) -> String { key.map { $0 + separator + next } ?? next }
}
