// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// Turns an event into a payload by a mapping: it evaluates the mapping, drops empty values,
/// coerces values of another type, and collects all faults.
struct PayloadReader: Sendable {
    private let action: AmplitudeAction
    private let fields: [Field]
    private let mapping: Mapping
    /// The field of each key of the mapping; `nil` for a key that is no field.
    private let keys: [FieldKey?]
    private let accepted: [Bool]

    init(_ action: AmplitudeAction, _ mapping: Mapping) {
        self.action = action
        self.mapping = mapping
        fields = action.fields
        var accepted = Array(repeating: false, count: FieldKey.allCases.count)
        for field in fields { accepted[field.key.rawValue] = true }
        self.accepted = accepted
        keys = (mapping.keys ?? []).map { name in
            FieldKey(name: name).flatMap { accepted[$0.rawValue] ? $0 : nil }
        }
    }

    func payload(for event: JSON) throws(ActionFailure) -> Payload {
        var payload = try resolve(event)
        try validate(&payload)
        return payload
    }

    /// The mapping's values before they are checked; `nil` when it cannot be evaluated.
    func resolved(_ event: JSON) -> JSON? {
        // The outcome has the reason.
        (try? mapping.evaluate(event)) ?? nil
    }

    /// The mapping's values, without keys that are no fields.
    private func resolve(_ event: JSON) throws(ActionFailure) -> Payload {
        var payload = Payload()
        do throws(EvaluationError) {
            guard mapping.keys == nil else {
                try mapping.forEachValue(in: event) { index, value in
                    if let key = keys[index] { payload[key] = value }
                }
                return payload
            }
            guard case .object(let object)? = try mapping.evaluate(event) else {
                throw EvaluationError("the mapping did not give an object")
            }
            for member in object.members {
                guard let key = FieldKey(name: member.key), accepted[key.rawValue] else { continue }
                payload[key] = member.value
            }
            return payload
        } catch {
            throw .evaluation(error)
        }
    }

    private func validate(_ payload: inout Payload) throws(ActionFailure) {
        var missing = PayloadError()
        var error = PayloadError()
        for field in fields {
            guard let given = payload[field.key], let value = Self.withoutEmpties(given, field) else {
                payload[field.key] = nil
                if field.isRequired { missing.addMissing(field.key.name) }
                continue
            }
            // Most values need no check.
            switch (field.type, value) {
            case (.text, .string) where !field.isDate, (.flag, .bool), (.integer, .int), (.number, .int),
                (.number, .double):
                continue
            case (.object, .object(let object)) where field.parts.isEmpty || object.isEmpty:
                payload[field.key] = value
            default: payload[field.key] = Self.validated(value, field, &error)
            }
        }
        missing.faults += error.faults
        if !missing.faults.isEmpty { throw .payload(missing) }
    }

    private static func withoutEmpties(_ value: JSON, _ field: Field) -> JSON? {
        switch value {
        case .null: return field.allowsNull ? value : Optional.none
        case .string(let text): return text.isEmpty ? Optional.none : value
        case .array(let elements) where field.isList:
            return .array(elements.filter { $0 != .null && $0 != "" })
        case .object(var object) where !field.parts.isEmpty && !field.isList && !object.isEmpty:
            for part in field.parts where object[part.key]?.isNull == true { object[part.key] = nil }
            return .object(object)
        default: return value
        }
    }

    private static func validated(_ value: JSON, _ field: Field, _ error: inout PayloadError) -> JSON? {
        // The path to a value is built only for a fault.
        let pointer = { "/\(field.key.name)" }
        if field.isList { return items(value, field, &error) }
        switch Coercion.coerce(value, to: field.types) {
        case .wrong(let type):
            error.add(pointer(), problem(field.label, field.types, type))
            return nil
        case .value(.object(let object)) where !field.parts.isEmpty:
            return .object(members(object, field, pointer, &error))
        case .value(.string(let text)) where field.isDate && !DateText.isDateLike(text):
            error.add(pointer(), "\(field.label) must be a valid date-like string but it was not.")
            return nil
        case .value(let value): return value
        }
    }

    private static func problem(_ label: String, _ types: [FieldType], _ type: String) -> String {
        let wanted = types.map(\.rawValue).joined(separator: " or ")
        return "\(label) must be \(indefiniteArticle(wanted)) \(wanted) but it was \(type)."
    }

    private static func items(_ value: JSON, _ field: Field, _ error: inout PayloadError) -> JSON? {
        let elements = value.arrayValue ?? [value]
        var items: [JSON] = []
        items.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            let pointer = { "/\(field.key.name)/\(index)" }
            if case .object(let object) = element {
                items.append(.object(members(object, field, pointer, &error)))
            } else {
                error.add(pointer(), problem("The value at \(pointer())", [.object], Coercion.article(element)))
            }
        }
        return .array(items)
    }

    private static func members(
        _ object: JSONObject, _ field: Field, _ pointer: () -> String, _ error: inout PayloadError
    ) -> JSONObject {
        var result = object
        if !field.keepsOtherKeys {
            for member in object.members where !field.parts.contains(where: { $0.key == member.key }) {
                result[member.key] = nil
            }
        }
        for part in field.parts {
            guard let value = object[part.key], !part.takes(value) else { continue }
            result[part.key] = Self.part(value, part, "\(pointer())/\(part.key)", &error)
        }
        return result
    }

    /// Checks and coerces a declared part, or a setting of the destination.
    static func part(_ value: JSON, _ part: Field.Part, _ pointer: String, _ error: inout PayloadError) -> JSON? {
        var value = value
        switch Coercion.coerce(value, to: part.types) {
        case .value(let coerced): value = coerced
        case .wrong(let type): error.add(pointer, problem(part.label, part.types, type))
        }
        if !part.choices.isEmpty, !part.choices.contains(where: { value == .string($0) }) {
            let choices = part.choices.map { "\"\($0)\"" }.joined(separator: " or ")
            error.add(pointer, "\(part.label) must be one of: \(choices).")
        }
        return value
    }
}
