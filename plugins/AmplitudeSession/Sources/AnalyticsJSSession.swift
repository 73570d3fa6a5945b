// SPDX-License-Identifier: MIT
import Footfall

/// Sessions exactly as Segment's browser plugin ("Amplitude (Actions)", Session Plugin)
/// cuts them, to compare a device with a web site.
///
/// It has one clock and no transaction, so the standard mode is better: the plugin's
/// README lists the differences. Pure: no clock, no store.
public struct AnalyticsJSSession: Sendable, Equatable {
    /// The settings of the browser plugin. Each may be a path, as
    /// `{"@path": "$.properties.x"}`.
    public struct Options: Sendable, Equatable {
        /// How long a session lives, in milliseconds. The default is 30 minutes.
        public var sessionLength: JSON = 1_800_000
        /// Whether the two events are tracked. The default is false.
        public var triggerSessionEvents: JSON = false
        /// The name of the event that begins a session. The default is `session_started`.
        public var sessionStartEvent: JSON = "session_started"
        /// The name of the event that ends a session. The default is `session_ended`.
        public var sessionEndEvent: JSON = "session_ended"

        /// Every default.
        public init() {}
    }

    /// `analytics_session_id`; `nil` when there is none.
    package var id: Int64?
    /// `analytics_session_id.last_access`; `nil` when there is none.
    package var lastAccess: Int64?

    package init(id: Int64? = nil, lastAccess: Int64? = nil) {
        self.id = id
        self.lastAccess = lastAccess
    }

    /// The types of events that it sees, by its default subscription.
    package static let types: Set<String> = ["track", "identify", "group", "page", "alias"]

    /// What an event does, itself as JSON.
    package struct Outcome: Sendable, Equatable {
        package var id: Int64
        /// The names of the events to track, in their order.
        package var tracked: [String]
        /// Whether the id is put on the event.
        package var isAttached: Bool
    }

    /// An event happened at `now` (milliseconds since 1970).
    package mutating func event(_ event: JSONObject, now: Int64, options: Options) -> Outcome {
        let length = Self.value(options.sessionLength, event)?.doubleValue ?? 1_800_000
        let isStale = lastAccess.map { Double(now) - Double($0) >= length } ?? true
        var tracked: [String] = []
        if isStale { tracked.append(Self.text(options.sessionEndEvent, event) ?? "session_ended") }
        if isStale || id == nil {
            tracked.append(Self.text(options.sessionStartEvent, event) ?? "session_started")
            id = now
        }
        lastAccess = now
        return Outcome(
            id: id ?? now, tracked: Self.isTruthy(Self.value(options.triggerSessionEvents, event)) ? tracked : [],
            isAttached: Self.isAttached(event["integrations"]?.objectValue ?? [:]))
    }

    /// The key decides if it is there, else `All`.
    private static func isAttached(_ integrations: JSONObject) -> Bool {
        guard let own = integrations[SessionMarkers.destinationKey] else { return integrations["All"] != false }
        return isTruthy(own)
    }

    /// A field's value: itself, or what its `@path` leads to in the event.
    private static func value(_ field: JSON, _ event: JSONObject) -> JSON? {
        guard let path = field.objectValue?["@path"]?.stringValue else { return field }
        var value = JSON.object(event)
        for part in path.split(separator: ".") where part != "$" {
            guard let next = value.objectValue?[String(part)] else { return nil }
            value = next
        }
        return value
    }

    private static func text(_ field: JSON, _ event: JSONObject) -> String? { value(field, event)?.stringValue }

    /// As JavaScript has it.
    private static func isTruthy(_ value: JSON?) -> Bool {
        switch value {
        case nil, .null: false
        case .bool(let flag): flag
        case .string(let text): !text.isEmpty
        case .int, .double, .number: value?.doubleValue.map { $0 != 0 && !$0.isNaN } ?? false
        case .array, .object: true
        }
    }
}
