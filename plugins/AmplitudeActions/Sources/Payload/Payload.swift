// SPDX-License-Identifier: MIT
import FootfallJSON

/// The values of an action's fields for one event.
struct Payload: Sendable {
    private var values: [JSON?]

    init() { values = Array(repeating: nil, count: FieldKey.allCases.count) }

    subscript(key: FieldKey) -> JSON? {
        get { values[key.rawValue] }
        set { values[key.rawValue] = newValue }
    }

    /// The text of a field; `nil` when it is missing or empty.
    func text(_ key: FieldKey) -> String? {
        guard case .string(let text)? = self[key], !text.isEmpty else { return nil }
        return text
    }

    func flag(_ key: FieldKey) -> Bool {
        if case .bool(true)? = self[key] { return true }
        return false
    }

    func object(_ key: FieldKey) -> JSONObject? { self[key]?.objectValue }
}
