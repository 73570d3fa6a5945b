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
    /// At least as many bytes as the event has as JSON, counted without encoding it.
    fileprivate var maximumJSONBytes: Int {
        // The names of the fields, a messageId and a timestamp.
        var bytes = 512
        for text in [messageId, anonymousId, userId, event, name, category, groupId, previousId] {
            bytes += (text?.utf8.count ?? 0) * JSON.longestEscape
        }
        for object in [properties, traits, context, integrations, extra] { bytes += object.maximumBytes }
        return bytes
    }
}

extension JSON {
    /// The longest form of one byte of a text: `\u0000`.
    fileprivate static let longestEscape = 6

    fileprivate var maximumBytes: Int {
        switch self {
        case .object(let object): object.maximumBytes
        case .array(let values): values.reduce(2) { $0 + $1.maximumBytes + 1 }
        case .string(let text): text.utf8.count * Self.longestEscape + 2
        case .number(let text): text.utf8.count
        // The longest number is a double with 17 digits and an exponent.
        default: 32
        }
    }
}

extension JSONObject {
    fileprivate var maximumBytes: Int {
        members.reduce(2) { $0 + $1.key.utf8.count * JSON.longestEscape + $1.value.maximumBytes + 4 }
    }
}
