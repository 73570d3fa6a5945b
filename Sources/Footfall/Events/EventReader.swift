// SPDX-License-Identifier: MIT

/// Reads events from JSON in the form of Segment's specification, as in NDJSON files.
public enum EventReader {
    /// Why JSON is no event.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        /// The field that is wrong; empty for the event as a whole.
        public var field: String
        /// What is wrong with it.
        public var problem: String

        /// The field and the problem.
        public var description: String { field.isEmpty ? problem : "\(field): \(problem)" }
    }

    /// Reads one event of at most 32 KiB.
    ///
    /// A missing `messageId`, `timestamp` or identity is filled in when the event is
    /// recorded with ``Analytics/process(_:options:enrichments:)``; a blank id counts as missing. The
    /// timestamp may be any ISO 8601 time with a zone, or `@` and the seconds since 1970.
    /// Fields that the specification does not name are kept in ``Event/extra``.
    public static func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(Problem) -> Event {
        guard !EventSize.isTooLarge(bytes: bytes.count) else {
            throw Problem(
                field: "",
                problem: "the event has \(bytes.count) bytes; at most \(readable(bytes: Limits.eventBytes)) are taken")
        }
        let value: JSON
        do throws(JSONError) {
            value = try JSONParser.parse(bytes)
        } catch {
            throw Problem(field: error.field, problem: "\(error.problem) (at byte \(error.offset))")
        }
        guard case .object(let object) = value else {
            throw Problem(field: "", problem: "an event is a JSON object, this is \(value.kind)")
        }
        return try event(object)
    }

    static func event(_ object: JSONObject) throws(Problem) -> Event {
        guard let typeValue = object["type"] else { throw Problem(field: "type", problem: "it is missing") }
        guard let type = typeValue.stringValue.flatMap(EventType.init) else {
            throw Problem(
                field: "type",
                problem: "\(typeValue.text) is none of track, identify, screen, page, group, alias")
        }
        var event = Event(type: type, identifier: .unassigned)
        for (key, value) in object where !key.isIdentical(to: "type") { try set(key, value, of: &event) }
        event.normalize()
        try event.validate()
        return event
    }

    /// Sets one field but the type.
    static func set(_ key: String, _ value: JSON, of event: inout Event) throws(Problem) {
        switch key {
        case "messageId": event.messageId = try identifier(key, value) ?? ""
        case "timestamp": try setTimestamp(of: &event, value)
        case "anonymousId": event.anonymousId = try identifier(key, value) ?? ""
        case "userId": event.userId = try identifier(key, value)
        case "event": event.event = try text(key, value)
        case "name": event.name = try text(key, value)
        case "category": event.category = try text(key, value)
        case "groupId": event.groupId = try identifier(key, value)
        case "previousId": event.previousId = try identifier(key, value)
        case "properties": event.properties = try members(key, value)
        case "traits": event.traits = try members(key, value)
        case "context": event.context = try members(key, value)
        case "integrations": event.integrations = try members(key, value)
        default: event.extra[key] = value
        }
    }

    /// An event in the form in which it would be stored. What is missing stays missing.
    package static func normalized(_ object: JSONObject) throws(Problem) -> JSONObject {
        let event = try event(object)
        var object = object
        func set(_ key: String, _ value: String?) {
            if object[key] != nil { object[key] = value.map { .string($0) } }
        }
        set("messageId", event.messageId.isEmpty ? nil : event.messageId)
        set("timestamp", event.hasGivenTimestamp ? event.timestamp.description : nil)
        set("anonymousId", event.anonymousId.isEmpty ? nil : event.anonymousId)
        set("userId", event.userId)
        set("event", event.event)
        set("name", event.name)
        set("category", event.category)
        set("groupId", event.groupId)
        set("previousId", event.previousId)
        if object["integrations"] != nil { object["integrations"] = .object(event.integrations) }
        return object
    }

    private static func setTimestamp(of event: inout Event, _ value: JSON) throws(Problem) {
        if value.isNull { return }
        guard let text = value.stringValue else {
            throw Problem(
                field: "timestamp",
                problem: "it must be a text, this is \(value.kind); seconds since 1970 are written \"@1700000000\"")
        }
        do throws(Timestamp.Problem) {
            event.timestamp = try Timestamp(reading: text)
        } catch {
            throw Problem(field: "timestamp", problem: error.text(of: text))
        }
        event.hasGivenTimestamp = true
    }

    private static func text(_ field: String, _ value: JSON) throws(Problem) -> String? {
        if value.isNull { return nil }
        guard let text = value.stringValue else {
            throw Problem(field: field, problem: "it must be a text, this is \(value.kind)")
        }
        return text
    }

    /// Some senders write ids as numbers. The specification wants texts, so they are sent as
    /// texts.
    private static func identifier(_ field: String, _ value: JSON) throws(Problem) -> String? {
        switch value {
        case .int, .double, .number: value.text
        default: try text(field, value)
        }
    }

    static func members(_ field: String, _ value: JSON) throws(Problem) -> JSONObject {
        if value.isNull { return JSONObject() }
        guard let object = value.objectValue else {
            throw Problem(field: field, problem: "it must be an object, this is \(value.kind)")
        }
        return object
    }
}
