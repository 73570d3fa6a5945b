// SPDX-License-Identifier: MIT

/// What a value has to be.
enum FieldType: String, Sendable {
    case text = "string"
    case number
    case integer
    case flag = "boolean"
    case object
    /// A text that is a date, or a number of milliseconds.
    case date
    case null
}

/// A field of an action: what it is called, and what its value has to be.
struct Field: Sendable {
    /// A declared member of a field of objects.
    struct Part: Sendable {
        var key: String
        var label: String
        var types: [FieldType]
        var choices: [String]

        init(_ key: String, _ label: String, _ type: FieldType, choices: [String] = []) {
            self.key = key
            self.label = label
            types = [type]
            self.choices = choices
        }
    }

    var key: FieldKey
    var label: String
    /// One of these; the first is tried first when a value is coerced.
    var types: [FieldType]
    var isRequired: Bool
    var isList: Bool
    var parts: [Part]
    /// Whether members stay that are not declared.
    var keepsOtherKeys: Bool

    var allowsNull: Bool { types.last == .null }
    var isDate: Bool { types.first == .text && types.last == .number }

    init(
        _ key: FieldKey, _ label: String, _ type: FieldType, isRequired: Bool = false, allowsNull: Bool = false,
        isList: Bool = false, parts: [Part] = [], keepsOtherKeys: Bool = false
    ) {
        self.key = key
        self.label = label
        self.isRequired = isRequired
        self.isList = isList
        self.parts = parts
        self.keepsOtherKeys = keepsOtherKeys
        types = type == .date ? [.text, .number] : allowsNull ? [type, .null] : [type]
    }
}
