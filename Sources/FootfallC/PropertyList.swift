// SPDX-License-Identifier: MIT
import CFootfall
import Footfall
import FootfallJSON

/// Reads the properties of a call.
enum PropertyList {
    /// A list without its end must not lead through the whole memory.
    private static let most = 1_000

    /// The members of a list that ends with `FOOTFALL_END`; NULL has none.
    static func read(_ list: UnsafePointer<footfall_property>?) throws(CallProblem) -> JSONObject {
        guard let list else { return JSONObject() }
        let count = try count(list)
        var members = MemberList()
        members.reserve(count)
        for index in 0..<count {
            let property = list[index]
            if property.kind == FOOTFALL_MEMBERS {
                for (key, value) in try object(property) { members.append(key, value) }
            } else {
                members.append(try name(property, index), try value(property))
            }
        }
        return members.object()
    }

    private static func count(_ list: UnsafePointer<footfall_property>) throws(CallProblem) -> Int {
        for index in 0...most where list[index].kind == FOOTFALL_END { return index }
        throw .invalid("the properties are more than \(most), or do not end with footfall_end()")
    }

    private static func name(_ property: footfall_property, _ index: Int) throws(CallProblem) -> String {
        guard let name = property.name else { throw .invalid("the name of property \(index) is NULL") }
        guard let text = String(validatingCString: name) else {
            throw .invalid("the name of property \(index) is not UTF-8")
        }
        return text
    }

    private static func object(_ property: footfall_property) throws(CallProblem) -> JSONObject {
        try Arguments.object(property.value.text, "the members") ?? JSONObject()
    }

    /// The value of one property.
    static func value(_ property: footfall_property) throws(CallProblem) -> JSON {
        switch property.kind {
        case FOOTFALL_TEXT:
            guard let pointer = property.value.text else { return .null }
            guard let text = String(validatingCString: pointer) else {
                throw .invalid("the value of \(shown(property)) is not UTF-8")
            }
            return .string(text)
        case FOOTFALL_INTEGER: return .int(property.value.integer)
        case FOOTFALL_NUMBER: return property.value.number.isFinite ? .double(property.value.number) : .null
        case FOOTFALL_BOOLEAN: return .bool(property.value.integer != 0)
        case FOOTFALL_JSON:
            guard let pointer = property.value.text else { return .null }
            return try Arguments.json(pointer, shown(property))
        default: throw .invalid("the kind of \(shown(property)) is \(property.kind.rawValue), which is unknown")
        }
    }

    private static func shown(_ property: footfall_property) -> String {
        property.name.map { String(String(cString: $0).prefix(60)) } ?? "a property"
    }
}
