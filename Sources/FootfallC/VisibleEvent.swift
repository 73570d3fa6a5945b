// SPDX-License-Identifier: MIT
import CFootfall
import Footfall
import Glibc

/// What a `footfall_event *` points to: the event that a plugin sees, while `execute` runs.
final class VisibleEvent {
    private var event: Event?
    /// Copies of texts that the plugin reads. They live until `execute` returns.
    private var texts: [UnsafeMutablePointer<CChar>] = []

    func show(_ shown: inout Event, _ body: (OpaquePointer) -> Int32) -> Int32 {
        event = shown
        let result = body(OpaquePointer(Unmanaged.passUnretained(self).toOpaque()))
        if let changed = event { shown = changed }
        event = nil
        for text in texts { free(text) }
        texts.removeAll(keepingCapacity: true)
        return result
    }

    static func known(_ pointer: OpaquePointer?) throws(CallProblem) -> VisibleEvent {
        guard let pointer else { throw .invalid("event is NULL") }
        return Unmanaged<VisibleEvent>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
    }

    /// The whole event as JSON.
    func json() throws(CallProblem) -> UnsafePointer<CChar>? {
        guard let event else { throw .invalid("the event is used outside of execute") }
        return keep(event.jsonText)
    }

    /// A field as a property. A field that is missing is `FOOTFALL_END`.
    func property(at path: String) throws(CallProblem) -> footfall_property {
        guard let event else { throw .invalid("the event is used outside of execute") }
        var property = footfall_property()
        let value: JSON?
        do throws(EventReader.Problem) {
            value = try event.value(atPath: path)
        } catch {
            throw .invalid("path: \(error)")
        }
        property.name = keep(path)
        switch value {
        case .none: property.kind = FOOTFALL_END
        case .string(let text)?:
            property.kind = FOOTFALL_TEXT
            property.value.text = keep(text)
        case .int(let number)?:
            property.kind = FOOTFALL_INTEGER
            property.value.integer = number
        case .double(let number)?:
            property.kind = FOOTFALL_NUMBER
            property.value.number = number
        case .bool(let isTrue)?:
            property.kind = FOOTFALL_BOOLEAN
            property.value.integer = isTrue ? 1 : 0
        case let other?:
            property.kind = FOOTFALL_JSON
            property.value.text = keep(other.text)
        }
        return property
    }

    /// Sets a field, or the whole event; `FOOTFALL_END` removes a field.
    func set(_ property: footfall_property, at path: String?) throws(CallProblem) {
        guard var changed = event else { throw .invalid("the event is used outside of execute") }
        if property.kind == FOOTFALL_END {
            guard let path else { throw .invalid("path is NULL, and a whole event is not removed") }
            try Self.reading { () throws(EventReader.Problem) in try changed.removeValue(atPath: path) }
        } else {
            let value = try Self.value(of: property)
            if let path {
                try Self.reading { () throws(EventReader.Problem) in try changed.setValue(value, atPath: path) }
            } else {
                guard case .object(let object) = value else { throw .invalid("an event is a JSON object") }
                try Self.reading { () throws(EventReader.Problem) in try changed.replace(with: object) }
            }
        }
        event = changed
    }

    private static func reading(_ body: () throws(EventReader.Problem) -> Void) throws(CallProblem) {
        do throws(EventReader.Problem) {
            try body()
        } catch {
            throw .invalid("\(error)")
        }
    }

    private static func value(of property: footfall_property) throws(CallProblem) -> JSON {
        guard property.kind == FOOTFALL_MEMBERS else { return try PropertyList.value(property) }
        return .object(try Arguments.object(property.value.text, "the members") ?? JSONObject())
    }

    private func keep(_ text: String) -> UnsafePointer<CChar>? {
        guard let copy = strdup(text) else { return nil }
        texts.append(copy)
        return UnsafePointer(copy)
    }
}
