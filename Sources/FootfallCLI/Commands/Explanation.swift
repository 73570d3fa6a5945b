// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall
import FootfallJSON
import FootfallMapping

/// How an Amplitude destination maps one event, as lines of text and as JSON.
struct Explanation {
    private let outcomes: [(mapping: AmplitudeMapping, outcome: MappingOutcome, resolved: JSON?)]
    private let requests: [AmplitudeRequest]
    private let note: String?

    init(of event: JSON, by configuration: AmplitudeConfiguration, now: Timestamp) {
        let found = configuration.mapper.outcomes(for: event, now: now)
        outcomes = zip(configuration.mapper.mappings, found).map { mapping, outcome in
            (mapping, outcome, configuration.mapper.resolved(mapping, event))
        }
        var calls: [SourcedCall] = []
        let integrations = event.objectValue?["integrations"]?.objectValue ?? [:]
        let isRefusedByEvent = !Event.isRouted(integrations, to: "Actions Amplitude")
        for case .calls(let made, _) in found where !isRefusedByEvent {
            for call in made { calls.append(SourcedCall(source: 0, call: configuration.asSent(call, of: event))) }
        }
        requests = CallMerger.merged(calls, isMerging: configuration.mergesCalls)
            .map { configuration.mapper.settings.request(for: $0.call).withoutKeys }
        let isGroup = event.objectValue?["type"] == "group"
        note =
            isRefusedByEvent
            ? "the event's integrations refuse Actions Amplitude"
            : isGroup && !configuration.mapsGroups
                ? "group calls are not sent: groupType and groupValue are not configured" : nil
    }

    /// Whether a mapping failed, so that nothing is sent for the event.
    var isRefused: Bool {
        requests.isEmpty
            && outcomes.contains { if case .failed = $0.outcome { true } else { false } }
    }

    func lines(_ name: String) -> [String] {
        var lines = ["\(name):"]
        for (mapping, outcome, resolved) in outcomes {
            lines.append("  \(mapping.name): \(Self.text(outcome, mapping))")
            if case .notSubscribed = outcome { continue }
            if let resolved { lines.append("    resolved  \(resolved.text)") }
            for problem in Self.problems(outcome) { lines.append("    \(problem)") }
        }
        if let note { lines.append("  \(note)") }
        if requests.isEmpty { lines.append("  nothing is sent") }
        for request in requests {
            lines.append("  \(request.method) \(request.url)")
            if let type = request.contentType { lines.append("    Content-Type: \(type)") }
            lines.append("    \(String(decoding: request.body, as: UTF8.self))")
        }
        return lines
    }

    func json(_ name: String) -> JSONObject {
        [
            "destination": .string(name),
            "mappings": .array(
                outcomes.map { mapping, outcome, resolved in
                    var object: JSONObject = [
                        "name": .string(mapping.name), "subscribe": mapping.subscribe.map { .string($0) } ?? .null,
                        "outcome": .string(Self.text(outcome, mapping)),
                    ]
                    if case .notSubscribed = outcome { return .object(object) }
                    if let resolved { object["resolved"] = resolved }
                    object["problems"] = .array(Self.problems(outcome).map { .string($0) })
                    return .object(object)
                }),
            "note": note.map { .string($0) } ?? .null,
            "requests": .array(
                requests.map { request in
                    [
                        "method": .string(request.method), "url": .string(request.url),
                        "contentType": request.contentType.map { .string($0) } ?? .null,
                        "body": .string(String(decoding: request.body, as: UTF8.self)),
                    ]
                }),
        ]
    }

    private static func text(_ outcome: MappingOutcome, _ mapping: AmplitudeMapping) -> String {
        let trigger = mapping.subscribe.map { " (\($0))" } ?? ""
        switch outcome {
        case .noTrigger: return "it has no trigger"
        case .unreadableTrigger(let error): return "its trigger cannot be read: \(error)"
        case .notSubscribed: return "its trigger does not match\(trigger)"
        case .unknownAction: return "there is no such action"
        case .calls(let calls, _):
            return "its trigger matches\(trigger), \(counted(calls.reduce(0) { $0 + $1.items.count }, "item"))"
        case .failed: return "its trigger matches\(trigger), and it fails"
        }
    }

    private static func problems(_ outcome: MappingOutcome) -> [String] {
        switch outcome {
        case .failed(let failure): [failure.description]
        case .calls(_, let warnings): warnings.map(\.description)
        default: []
        }
    }
}
