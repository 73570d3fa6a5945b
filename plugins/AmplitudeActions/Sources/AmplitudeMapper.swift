// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallMapping

/// From events to what Amplitude is told: pure, without clock, store or network.
public struct AmplitudeMapper: Sendable {
    public let settings: AmplitudeSettings
    public let mappings: [AmplitudeMapping]

    public init(settings: AmplitudeSettings, mappings: [AmplitudeMapping]) {
        self.settings = settings
        self.mappings = mappings
    }

    /// What each mapping makes of an event, in their order.
    ///
    /// - Parameter now: The time for what has none of its own.
    public func outcomes(for event: JSON, now: Timestamp) -> [MappingOutcome] {
        mappings.map { outcome($0, event, now) }
    }

    private func outcome(_ mapping: AmplitudeMapping, _ event: JSON, _ now: Timestamp) -> MappingOutcome {
        switch mapping.trigger {
        case nil: return .noTrigger
        case .failure(let error): return .unreadableTrigger(error)
        case .success(let trigger):
            guard trigger.matches(event) else { return .notSubscribed }
        }
        guard let action = mapping.action, let reader = mapping.reader else { return .unknownAction }
        do throws(ActionFailure) {
            let payload: Payload
            switch reader {
            case .failure(let error): throw .mapping(error)
            case .success(let reader): payload = try reader.payload(for: event)
            }
            let context = ActionContext(compatibility: settings.compatibility, now: now)
            return .calls(action.calls(payload, context), warnings: [])
        } catch {
            return .failed(error)
        }
    }

    /// What the original does with several events at once: it refuses them.
    public func outcome(forBatch events: [JSON]) -> MappingOutcome { .failed(.batch) }
}
