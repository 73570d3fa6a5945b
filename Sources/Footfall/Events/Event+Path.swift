// SPDX-License-Identifier: MIT

// An event by the paths of its values, for plugins in other languages. A path is one of ``EventPath``.
extension Event {
    /// The value at a path, such as `properties.total`; `nil` when there is none.
    ///
    /// - Throws: when the text is no path.
    package func value(atPath text: String) throws(EventReader.Problem) -> JSON? {
        let path = try EventPath(text)
        let field: JSON? =
            switch path.field {
            case "type": .string(type.rawValue)
            case "messageId": .string(messageId)
            case "timestamp": .string(timestamp.description)
            case "anonymousId": anonymousId.isEmpty ? nil : .some(.string(anonymousId))
            case "userId": userId.map { .string($0) }
            case "event": event.map { .string($0) }
            case "name": name.map { .string($0) }
            case "category": category.map { .string($0) }
            case "groupId": groupId.map { .string($0) }
            case "previousId": previousId.map { .string($0) }
            case "properties": .object(properties)
            case "traits": .object(traits)
            case "context": .object(context)
            case "integrations": .object(integrations)
            default: extra[path.field]
            }
        return field.flatMap { path.value(in: $0) }
    }

    /// Sets the value at a path. Objects and arrays on the way that are missing are made.
    ///
    /// - Throws: when the text is no path, the value is of the wrong kind for the field, or a value on
    ///   the way has no parts. The event is as it was then.
    package mutating func setValue(_ value: JSON, atPath text: String) throws(EventReader.Problem) {
        try change(try EventPath(text), value)
    }

    /// Removes the value at a path, if there is one.
    ///
    /// - Throws: when the text is no path, or each event has the field: its type, time and messageId.
    package mutating func removeValue(atPath text: String) throws(EventReader.Problem) {
        try change(try EventPath(text), nil)
    }

    /// Replaces everything that the event says by a JSON object in the form of Segment's specification.
    /// A messageId, an anonymousId and a time that are missing stay.
    ///
    /// - Throws: when the object is no event, or one of another type. The event is as it was then.
    package mutating func replace(with object: JSONObject) throws(EventReader.Problem) {
        let new = try EventReader.event(object)
        guard new.type == type else {
            throw EventReader.Problem(field: "type", problem: "it is \(type.rawValue) and cannot be changed")
        }
        if !new.messageId.isEmpty { identifier = new.identifier }
        if new.hasGivenTimestamp { timestamp = new.timestamp }
        if !new.anonymousId.isEmpty { anonymousId = new.anonymousId }
        (userId, event, name, category) = (new.userId, new.event, new.name, new.category)
        (groupId, previousId) = (new.groupId, new.previousId)
        (properties, traits, context) = (new.properties, new.traits, new.context)
        (integrations, extra) = (new.integrations, new.extra)
    }

    private mutating func change(_ path: EventPath, _ value: JSON?) throws(EventReader.Problem) {
        switch path.field {
        case "properties": try Self.change(&properties, path, value)
        case "traits": try Self.change(&traits, path, value)
        case "context": try Self.change(&context, path, value)
        case "integrations": try Self.change(&integrations, path, value)
        case "type", "messageId", "timestamp", "anonymousId", "userId", "event", "name", "category", "groupId",
            "previousId":
            guard path.rest.isEmpty else {
                if value == nil { return }
                throw path.problem("\(path.field) is a text, which has no parts")
            }
            try setText(path.field, value ?? .null)
        default:
            try path.set(value, in: &extra, [.key(path.field)] + path.rest)
        }
    }

    private static func change(
        _ object: inout JSONObject, _ path: EventPath, _ value: JSON?
    ) throws(EventReader.Problem) {
        guard path.rest.isEmpty else { return try path.set(value, in: &object, path.rest) }
        object = try EventReader.members(path.field, value ?? .null)
    }

    private mutating func setText(_ field: String, _ value: JSON) throws(EventReader.Problem) {
        switch field {
        case "type": throw EventReader.Problem(field: field, problem: "it cannot be changed")
        case "messageId", "timestamp":
            // A time that a plugin changes is not one that the caller gave.
            let hasGivenTimestamp = hasGivenTimestamp
            defer { self.hasGivenTimestamp = hasGivenTimestamp }
            guard !value.isNull, value.stringValue?.isBlank != true else {
                throw EventReader.Problem(field: field, problem: "each event has one; it cannot be removed")
            }
            try EventReader.set(field, value, of: &self)
        default: try EventReader.set(field, value, of: &self)
        }
    }
}
