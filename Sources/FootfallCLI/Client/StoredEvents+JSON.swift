// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

extension StoredEvents.Row {
    /// For `events list --json` and `events tail --json`.
    var json: JSONObject {
        [
            "id": .int(id), "ageSeconds": .int(age / 1_000), "type": .string(type),
            "event": name.map { .string($0) } ?? .null, "userId": userId.map { .string($0) } ?? .null,
            "anonymousId": anonymousId.map { .string($0) } ?? .null,
            "messageId": messageId.map { .string($0) } ?? .null,
            "timestamp": timestamp.map { .string($0.description) } ?? .null,
            "destinations": .array(standings.map { .object($0.json) }),
        ]
    }
}

extension StoredEvents.Standing {
    fileprivate var json: JSONObject {
        [
            "name": .string(destination), "status": .string(status.rawValue),
            "reason": reason.map { .string($0) } ?? .null, "at": at.map { .string($0.description) } ?? .null,
        ]
    }
}

extension StoredEvents.Detail {
    /// For `events show --json`: a row, with the `body` of each destination.
    var json: JSONObject {
        var object = row.json
        object["body"] = Self.value(body)
        object["bodies"] = .object(JSONObject(bodies.map { ($0.destination, Self.value($0.body)) }))
        return object
    }

    /// A damaged body is a text.
    private static func value(_ body: String) -> JSON { (try? JSONParser.parse(body)) ?? .string(body) }
}
