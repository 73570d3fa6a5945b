// SPDX-License-Identifier: MIT
import AmplitudeActions
import CLimits
import Footfall
import FootfallMapping

private let times = 20_000

/// 64 different track events without a user agent, already parsed as in a delivery.
private func samples() -> [JSON] {
    var corpus = Corpus()
    return (0..<64).compactMap { index in
        var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_795_000_000_000 + Int64(index)))
        event.anonymousId = "5f0c1f7e-3a53-4b6e-9d05-6a1c0f8f2f11"
        event.userId = "user-1234"
        event.event = corpus.eventName()
        event.properties = corpus.properties()
        event.context = deviceContext
        event.context["userAgent"] = nil
        return try? JSONParser.parse(event.jsonText)
    }
}

private func perCall(_ count: Int, _ body: (Int) -> Void) -> Double {
    for index in 0..<1_000 { body(index) }
    let begin = ftf_limits_now()
    for index in 0..<count { body(index) }
    return Double(ftf_limits_now() - begin) / Double(count)
}

extension Measure {
    /// Everything the presets do with an event: triggers, mapping, validation, writing JSON.
    static let amplitude = Measure(name: "amplitude") { _ in
        let events = samples()
        guard events.count == 64 else { return [] }
        let mapper = AmplitudeMapper(
            settings: AmplitudeSettings(apiKey: "0123456789abcdef0123456789abcdef"),
            mappings: Preset.standard.map(AmplitudeMapping.init))
        let now = Timestamp(milliseconds: 1_795_000_000_000)
        var buffer = ByteBuffer(capacity: 8_192)
        var items = 0
        let nanoseconds = perCall(times) { index in
            buffer.removeAll()
            for case .calls(let calls, _) in mapper.outcomes(for: events[index % events.count], now: now) {
                for call in calls {
                    for item in call.items {
                        buffer.append(json: item)
                        items += 1
                    }
                }
            }
        }
        return items >= times ? [("event", nanoseconds / 1_000)] : []
    }

    /// The trigger of the preset for track calls.
    static let trigger = Measure(name: "trigger") { _ in
        guard let trigger = try? Trigger(compiling: "type = \"track\" and event != \"Order Completed\"") else {
            return []
        }
        let events = samples()
        var matches = 0
        let nanoseconds = perCall(10 * times) { index in
            if trigger.matches(events[index % events.count]) { matches += 1 }
        }
        return matches >= times ? [("call", nanoseconds)] : []
    }
}
