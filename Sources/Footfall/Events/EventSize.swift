// SPDX-License-Identifier: MIT

/// Whether an event is larger than its destinations take: more than
/// ``Limits/eventBytes`` as JSON. The one place that judges it.
enum EventSize {
    static func isTooLarge(bytes: Int) -> Bool { bytes > Limits.eventBytes }

    /// Whether an event whose spool record has so many bytes is surely too large. A digit in
    /// an array has nine bytes in the record and two as JSON, no value has a larger ratio.
    static func isSurelyTooLarge(recordBytes: Int) -> Bool { recordBytes > 5 * Limits.eventBytes }

    /// Encodes the event only if it could be too large.
    static func isTooLarge(_ event: borrowing Event) -> Bool {
        event.maximumJSONBytes > Limits.eventBytes && isTooLarge(bytes: event.jsonText.utf8.count)
    }

    /// The same of an event to which a call's options will be applied.
    static func isTooLarge(_ event: borrowing Event, with options: CallOptions?) -> Bool {
        guard let options else { return isTooLarge(event) }
        guard event.maximumJSONBytes + options.maximumJSONBytes > Limits.eventBytes else { return false }
        var full = copy event
        var unused = PostOptions()
        options.apply(to: &full, &unused)
        return isTooLarge(full)
    }

    /// What to call a stored event that is too large.
    static func name(in body: UnsafeBufferPointer<UInt8>) -> String {
        // This library wrote the body, so it can be parsed.
        let event = (try? JSONParser.parse(body))?.objectValue
        let name = event?["event"] ?? event?["name"] ?? event?["type"]
        return name?.stringValue ?? "?"
    }

    /// What the host is told of an event that was dropped.
    static func problem(_ name: String) -> FootfallError {
        FootfallError(
            .eventTooLarge,
            "the event \(name) is larger than \(readable(bytes: Limits.eventBytes)) and was dropped; send less")
    }
}

extension Event {
    /// At least as many bytes as the event has as JSON, counted without encoding it. Each recorded
    /// event of a binding is counted, so nothing is allocated or copied for it.
    fileprivate var maximumJSONBytes: Int {
        // The names of the fields, a messageId that is a UUID, and a timestamp.
        var bytes = 512 + anonymousId.maximumBytes + event.maximumBytes + name.maximumBytes
        bytes += userId.maximumBytes + category.maximumBytes + groupId.maximumBytes + previousId.maximumBytes
        if case .text(let id) = identifier { bytes += id.maximumBytes }
        return bytes + properties.maximumBytes + traits.maximumBytes + context.maximumBytes
            + integrations.maximumBytes + extra.maximumBytes
    }
}

extension CallOptions {
    /// At least as many bytes as an event grows by as JSON when these options are applied to it.
    fileprivate var maximumJSONBytes: Int {
        messageId.maximumBytes + anonymousId.maximumBytes + userId.maximumBytes + context.maximumBytes
            + integrations.maximumBytes
    }
}

extension String {
    /// The longest form of one byte as JSON: `\u0000`.
    fileprivate static let longestEscape = 6

    fileprivate var maximumBytes: Int { utf8.count * Self.longestEscape }
}

extension String? {
    fileprivate var maximumBytes: Int { self?.maximumBytes ?? 0 }
}

extension JSON {
    fileprivate var maximumBytes: Int {
        switch self {
        case .object(let object): object.maximumBytes
        case .array(let values): values.reduce(2) { $0 + $1.maximumBytes + 1 }
        case .string(let text): text.maximumBytes + 2
        case .number(let text): text.utf8.count
        // The longest number is a double with 17 digits and an exponent.
        default: 32
        }
    }
}

extension JSONObject {
    fileprivate var maximumBytes: Int {
        members.reduce(2) { $0 + $1.key.maximumBytes + $1.value.maximumBytes + 4 }
    }
}
