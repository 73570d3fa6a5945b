// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// Turns events into calls of Amplitude's API. Pure: no clock, no store, no network.
///
/// ```swift
/// let mapper = AmplitudeMapper(
///     settings: AmplitudeSettings(apiKey: "KEY"), mappings: Preset.standard.map(AmplitudeMapping.init))
/// for case .calls(let calls, _) in mapper.outcomes(for: event, now: now) {
///     let requests = calls.map(mapper.settings.request)
/// }
/// ```
package struct AmplitudeMapper: Sendable {
    package let settings: AmplitudeSettings
    package let mappings: [AmplitudeMapping]
    package let additions: EventAdditions

    /// The most mappings of a destination, as at Segment.
    package static let maximumMappings = 50

    package init(settings: AmplitudeSettings, mappings: [AmplitudeMapping], additions: EventAdditions = .servers) {
        self.settings = settings
        self.mappings = mappings
        self.additions = additions
    }

    /// What each mapping makes of an event, in the order of the mappings.
    ///
    /// - Parameters:
    ///   - event: The event as Segment's specification has it.
    ///   - now: The time of an event that has none.
    package func outcomes(for event: JSON, now: Timestamp) -> [MappingOutcome] {
        var prepared: JSON?
        var hasInsertID = false
        var outcomes: [MappingOutcome] = []
        outcomes.reserveCapacity(mappings.count)
        for mapping in mappings {
            if let outcome = Self.outcome(withoutPayload: mapping, event) {
                outcomes.append(outcome)
                continue
            }
            let event = prepared ?? additions.prepared(event)
            prepared = event
            do throws(ActionFailure) {
                outcomes.append(try calls(mapping, event, now, &hasInsertID))
            } catch {
                outcomes.append(.failed(error))
            }
        }
        return outcomes
    }

    /// What a mapping gives for an event, before it is checked: for people.
    package func resolved(_ mapping: AmplitudeMapping, _ event: JSON) -> JSON? {
        guard case .success(let reader)? = mapping.reader else { return nil }
        return reader.resolved(additions.prepared(event))
    }

    private static func outcome(withoutPayload mapping: AmplitudeMapping, _ event: JSON) -> MappingOutcome? {
        switch mapping.trigger {
        case nil: .noTrigger
        case .failure(let error): .unreadableTrigger(error)
        case .success(let trigger):
            if !trigger.matches(event) {
                .notSubscribed
            } else if mapping.action == nil {
                .unknownAction
            } else {
                nil
            }
        }
    }

    private func calls(
        _ mapping: AmplitudeMapping, _ event: JSON, _ now: Timestamp, _ hasInsertID: inout Bool
    ) throws(ActionFailure) -> MappingOutcome {
        guard let action = mapping.action, let reader = mapping.reader else { return .unknownAction }
        var payload: Payload
        switch reader {
        case .failure(let error): throw .mapping(error)
        case .success(let reader): payload = try reader.payload(for: event)
        }
        if payload[.insertID] == nil, action != .mapUser {
            payload[.insertID] = additions.insertID(event, mapping: mapping.name, isFirst: !hasInsertID)
            hasInsertID = true
        }
        let context = ActionContext(compatibility: settings.compatibility, now: now)
        var calls = action.calls(payload, context)
        guard !context.isOriginal else { return .calls(calls, warnings: []) }
        var warnings: [LimitWarning] = []
        if action == .groupIdentifyUser { Self.dropUnknownUser(&calls, &warnings) }
        for index in calls.indices { warnings += try Self.checked(&calls[index]) }
        return .calls(calls, warnings: warnings)
    }

    /// Removes a user whose ids Amplitude refuses; the group's properties are still sent.
    private static func dropUnknownUser(_ calls: inout [AmplitudeCall], _ warnings: inout [LimitWarning]) {
        guard calls.count > 1, var user = calls[0].items.first else { return }
        do throws(ActionFailure) {
            _ = try Identifiers.keepGood(&user, minimumLength: calls[0].minimumIDLength)
        } catch {
            warnings.append(LimitWarning(field: "user_id", rule: error.description))
            calls.removeFirst()
        }
    }

    /// Removes ids that Amplitude refuses, and returns warnings about Amplitude's limits.
    private static func checked(_ call: inout AmplitudeCall) throws(ActionFailure) -> [LimitWarning] {
        var warnings: [LimitWarning] = []
        var limits = PropertyLimits()
        for index in call.items.indices {
            switch call.endpoint {
            case .userMap: try Identifiers.checkMapping(call.items[index], minimumLength: call.minimumIDLength)
            case .groupIdentify: break
            default:
                let left = try Identifiers.keepGood(&call.items[index], minimumLength: call.minimumIDLength)
                if index == 0 { warnings += left }
            }
            limits.check(call.items[index])
        }
        return warnings + limits.warnings
    }

    /// The original's result for several events at once: it refuses them.
    package func outcome(forBatch events: [JSON]) -> MappingOutcome { .failed(.batch) }
}
