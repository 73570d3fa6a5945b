// SPDX-License-Identifier: MIT
import FootfallJSON

/// The type that a value must have.
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

/// A field of an action: its name, and the type of its value.
///
/// It is a class because it is read for each event and never copied.
final class Field: Sendable {
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

        /// Whether a value can be sent as it is.
        func takes(_ value: JSON) -> Bool {
            switch (types[0], value) {
            case (.text, .string(let text)): choices.isEmpty || choices.contains(text)
            case (.number, .int), (.number, .double), (.integer, .int): true
            default: false
            }
        }
    }

    let key: FieldKey
    let label: String
    /// The types that the value may have. Coercion tries them in this order.
    let types: [FieldType]
    /// The first of ``types``.
    let type: FieldType
    let allowsNull: Bool
    let isDate: Bool
    let isRequired: Bool
    let isList: Bool
    let parts: [Part]
    /// Whether members that are not declared are kept.
    let keepsOtherKeys: Bool

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
        self.allowsNull = allowsNull
        isDate = type == .date
        self.type = isDate ? .text : type
        types = isDate ? [.text, .number] : allowsNull ? [type, .null] : [type]
    }
}
