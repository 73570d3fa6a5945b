// SPDX-License-Identifier: MIT
import AmplitudeActions
import Footfall

/// Shorthands for what a mapper makes of an event.
struct Mapped {
    var calls: [AmplitudeCall] = []
    var warnings: [String] = []
    var failures: [String] = []

    /// The items of all calls.
    var items: [JSONObject] { calls.flatMap(\.items) }

    /// The first item; an empty one when there is none.
    var first: JSONObject { items.first ?? [:] }

    /// The first call; an empty one when there is none.
    var call: AmplitudeCall { calls.first ?? AmplitudeCall(endpoint: .httpapi, items: []) }

    init(
        _ event: JSONObject, _ mappings: [AmplitudeMapping], compatibility: AmplitudeCompatibility = .footfall,
        additions: EventAdditions = .none
    ) {
        let mapper = AmplitudeMapper(
            settings: AmplitudeSettings(apiKey: "key", secretKey: "secret", compatibility: compatibility),
            mappings: mappings, additions: additions)
        for outcome in mapper.outcomes(for: .object(event), now: Timestamp(milliseconds: 1_700_000_000_000)) {
            switch outcome {
            case .calls(let calls, let warnings):
                self.calls += calls
                self.warnings += warnings.map(\.description)
            case .failed(let failure): failures.append(failure.description)
            default: break
            }
        }
    }

    /// One action with its default mapping and changes.
    init(
        _ event: JSONObject, _ action: AmplitudeAction, _ changes: JSONObject = [:],
        compatibility: AmplitudeCompatibility = .footfall, additions: EventAdditions = .none
    ) {
        var mapping = action.defaultMapping
        mapping.merge(changes)
        let compiled = AmplitudeMapping(
            name: "test", subscribe: action.defaultTrigger, action: action.rawValue, mapping: mapping)
        self.init(event, [compiled], compatibility: compatibility, additions: additions)
    }
}

/// A track event of a known user, with changes.
func track(_ changes: JSONObject = [:]) -> JSONObject {
    var event: JSONObject = [
        "type": "track", "event": "Door Opened", "userId": "user-1234", "anonymousId": "visitor-1",
        "messageId": "message-1", "timestamp": "2021-08-17T15:21:15.449Z",
    ]
    event.merge(changes)
    return event
}
