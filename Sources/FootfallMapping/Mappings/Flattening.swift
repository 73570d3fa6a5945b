// SPDX-License-Identifier: MIT
import FootfallJSON

/// Turns nested objects into one object whose keys are joined: the directive `@flatten`.
struct Flattening: Sendable {
    let separator: String
    /// Whether lists stay as they are.
    let keepsLists: Bool

    /// Empty objects and lists are left out. A value that is not nested gets the empty key.
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
