// SPDX-License-Identifier: MIT
import AmplitudeSession
import FootfallJSON
import FootfallMapping

/// `{stored, now, mapping, subscribe?, event, expect: {invoked, stored, tracked, integrations}}`.
enum SessionPluginCase {
    private static let idKey = "analytics_session_id"
    private static let accessKey = "analytics_session_id.last_access"

    static func difference(_ example: JSONObject) -> String? {
        do {
            return try compare(example)
        } catch {
            return "it fails: \(error)"
        }
    }

    private static func compare(_ example: JSONObject) throws -> String? {
        let event = example["event"]?.objectValue ?? [:]
        let stored = example["stored"]?.objectValue ?? [:]
        var session = AnalyticsJSSession(id: stored[idKey]?.intValue, lastAccess: stored[accessKey]?.intValue)
        var integrations = event["integrations"]
        var tracked: [JSON] = []
        let isInvoked = try isInvoked(example, event)
        if isInvoked {
            let options = try options(example, event)
            let outcome = session.event(event, now: example["now"]?.intValue ?? 0, options: options)
            tracked = outcome.tracked.map { ["event": .string($0), "properties": [:]] }
            if outcome.isAttached {
                var object = integrations?.objectValue ?? [:]
                object["Actions Amplitude"] = ["session_id": .int(outcome.id)]
                integrations = .object(object)
            }
        }
        var after = JSONObject()
        if let id = session.id { after[idKey] = .int(id) }
        if let last = session.lastAccess { after[accessKey] = .int(last) }
        let expected = example["expect"]?.objectValue ?? [:]
        return Conformance.difference("invoked", expected["invoked"], .bool(isInvoked))
            ?? Conformance.difference("stored", expected["stored"], .object(after))
            ?? Conformance.difference("tracked", expected["tracked"], .array(tracked))
            ?? Conformance.difference("integrations", expected["integrations"], integrations ?? .null)
    }

    private static func isInvoked(_ example: JSONObject, _ event: JSONObject) throws -> Bool {
        guard let text = example["subscribe"]?.stringValue else {
            return AnalyticsJSSession.types.contains(event["type"]?.stringValue ?? "")
        }
        return try Trigger(compiling: text).matches(.object(event))
    }

    private static func options(_ example: JSONObject, _ event: JSONObject) throws -> AnalyticsJSSession.Options {
        let mapping = try Mapping(compiling: example["mapping"]?.objectValue ?? [:])
        let resolved = try mapping.evaluate(.object(event))?.objectValue ?? [:]
        var options = AnalyticsJSSession.Options()
        if let length = resolved["sessionLength"] { options.sessionLength = length }
        if let triggers = resolved["triggerSessionEvents"] { options.triggerSessionEvents = triggers }
        if let start = resolved["sessionStartEvent"] { options.sessionStartEvent = start }
        if let end = resolved["sessionEndEvent"] { options.sessionEndEvent = end }
        return options
    }
}
