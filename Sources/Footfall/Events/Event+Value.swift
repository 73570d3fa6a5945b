// SPDX-License-Identifier: MIT

extension Event {
    /// The event as a JSON object, as it would be stored now: what a trigger or a mapping of
    /// `FootfallMapping` takes.
    ///
    /// ```swift
    /// func execute(_ event: inout Event) -> Verdict { trigger.matches(event.json) ? .keep : .drop }
    /// ```
    ///
    /// Each call builds the object anew, which takes longer than a plugin that reads a field.
    public var json: JSON {
        var object: JSONObject = [
            "type": .string(type.rawValue), "messageId": .string(messageId),
            "timestamp": .string(timestamp.description),
        ]
        if !anonymousId.isEmpty { object["anonymousId"] = .string(anonymousId) }
        for (key, text) in [
            ("userId", userId), ("event", event), ("name", name), ("category", category), ("groupId", groupId),
            ("previousId", previousId),
        ] {
            if let text { object[key] = .string(text) }
        }
        let isAboutUser = type == .identify || type == .group
        let parts = [("properties", properties), ("traits", traits)]
        for (key, part) in isAboutUser ? parts.reversed() : parts {
            let isAlwaysThere = type != .alias && (key == "traits") == isAboutUser
            if isAlwaysThere || !part.isEmpty { object[key] = .object(part) }
        }
        object["context"] = .object(context)
        object["integrations"] = .object(integrations)
        object.merge(extra)
        return .object(object)
    }
}
