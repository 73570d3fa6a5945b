// SPDX-License-Identifier: MIT

extension ByteBuffer {
    /// Appends an event as JSON, in the form of Segment's specification.
    mutating func append(_ event: Event) {
        append("{\"type\":\"")
        append(utf8: event.type.rawValue)
        append("\",\"messageId\":")
        switch event.identifier {
        case .uuid(let uuid):
            append(UInt8(ascii: "\""))
            append(uuid)
            append(UInt8(ascii: "\""))
        case .text(let text): append(json: text)
        case .unassigned: append("\"\"")
        }
        append(",\"timestamp\":\"")
        append(event.timestamp)
        append("\"")
        if !event.anonymousId.isEmpty {
            append(",\"anonymousId\":")
            append(json: event.anonymousId)
        }
        append(",\"userId\":", event.userId)
        append(",\"event\":", event.event)
        append(",\"name\":", event.name)
        append(",\"category\":", event.category)
        append(",\"groupId\":", event.groupId)
        append(",\"previousId\":", event.previousId)
        switch event.type {
        case .track, .screen, .page:
            append(",\"properties\":", event.properties)
            if !event.traits.isEmpty { append(",\"traits\":", event.traits) }
        case .identify, .group:
            append(",\"traits\":", event.traits)
            if !event.properties.isEmpty { append(",\"properties\":", event.properties) }
        case .alias:
            if !event.properties.isEmpty { append(",\"properties\":", event.properties) }
            if !event.traits.isEmpty { append(",\"traits\":", event.traits) }
        }
        append(",\"context\":", event.context)
        append(",\"integrations\":", event.integrations)
        for member in event.extra.members {
            append(UInt8(ascii: ","))
            append(json: member.key)
            append(UInt8(ascii: ":"))
            append(json: member.value)
        }
        append(UInt8(ascii: "}"))
    }

    @inline(__always)
    private mutating func append(_ field: StaticString, _ text: String?) {
        guard let text else { return }
        append(field)
        append(json: text)
    }

    @inline(__always)
    private mutating func append(_ field: StaticString, _ object: JSONObject) {
        append(field)
        append(json: object)
    }
}

extension Event {
    /// The event as JSON text, as it would be stored now.
    public var jsonText: String {
        var buffer = ByteBuffer()
        buffer.append(self)
        return buffer.text()
    }
}
