// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// Builds the operations on a user's properties.
enum UserProperties {
    /// The operations that Amplitude knows.
    static let operations: Set<String> = [
        "$set", "$setOnce", "$add", "$append", "$prepend", "$unset", "$clearAll", "$preInsert", "$postInsert",
        "$remove",
    ]

    /// For Log Event, Log Purchase and Identify User: the traits, with campaign and referrer in
    /// `$set` and, with `initial_` before their names, in `$setOnce`.
    static func withCampaign(_ payload: Payload, traitsWin: Bool) -> JSONObject? {
        let traits = payload.object(.userProperties)
        let utm = payload.object(.utmProperties) ?? [:]
        let referrer = payload.text(.referrer)
        guard !utm.isEmpty || referrer != nil else { return traits }
        var own = traits ?? [:]
        own["utm_properties"] = nil
        own["referrer"] = nil
        var parts: [JSONObject] = []
        if !utm.isEmpty { parts.append(operations(utm)) }
        if let referrer { parts.append(operations(["referrer": .string(referrer)])) }
        parts = traitsWin ? parts + [own] : [own] + parts
        return parts.reduce(into: [:]) { merge($1, into: &$0) }
    }

    private static func operations(_ values: JSONObject) -> JSONObject {
        let initial = JSONObject(values.members.map { ("initial_" + $0.key, $0.value) })
        return ["$set": .object(values), "$setOnce": .object(initial)]
    }

    /// Adds properties; later values win. `$set` and `$setOnce` are merged key by key.
    private static func merge(_ part: JSONObject, into result: inout JSONObject) {
        for member in part.members {
            let isMerged = member.key == "$set" || member.key == "$setOnce"
            if isMerged, member.value.isTruthy || result[member.key]?.isTruthy == true {
                result.update(member.key) { $0.merge(member.value.objectValue ?? [:]) }
            } else {
                result[member.key] = member.value
            }
        }
    }

    /// For Log Event V2: the traits, with the mapping's `$setOnce`, `$set` and `$add`. Each is used
    /// if any of its values is not the empty text. The original then leaves out the traits'
    /// operation of the same name.
    static func withOperations(_ payload: Payload, isOriginal: Bool) -> JSONObject? {
        var result = payload.object(.userProperties)
        for (key, field) in [("$setOnce", FieldKey.setOnce), ("$set", .setAlways), ("$add", .add)] {
            guard let values = payload.object(field), values.members.contains(where: { $0.value != "" }) else {
                continue
            }
            var properties = result ?? [:]
            if isOriginal {
                properties[key] = .object(values)
            } else {
                properties.update(key) { $0.merge(values) }
            }
            result = properties
        }
        return result
    }

    /// The properties with plain keys moved into `$set`, since Amplitude forbids plain keys beside
    /// operations. Values that `$set` has already win.
    static func separated(_ properties: JSONObject) -> JSONObject {
        let hasOperations = properties.members.contains { operations.contains($0.key) }
        return hasOperations ? asOperations(properties) : properties
    }

    /// The properties as operations: plain keys are in `$set`.
    static func asOperations(_ properties: JSONObject) -> JSONObject {
        let plain = properties.members.filter { !operations.contains($0.key) }
        guard !plain.isEmpty else { return properties }
        var result = JSONObject()
        for member in properties.members where operations.contains(member.key) { result[member.key] = member.value }
        var set = JSONObject(plain.map { ($0.key, $0.value) })
        set.merge(result["$set"]?.objectValue ?? [:])
        result["$set"] = .object(set)
        return result
    }
}
