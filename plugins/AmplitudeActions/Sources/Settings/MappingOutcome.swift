// SPDX-License-Identifier: MIT
import FootfallMapping

/// What came of one mapping for one event.
package enum MappingOutcome: Sendable {
    /// It has no trigger.
    case noTrigger
    /// Its trigger cannot be read.
    case unreadableTrigger(TriggerError)
    /// It is not for this event.
    case notSubscribed
    /// There is no such action.
    case unknownAction
    /// What to tell Amplitude, in this order.
    case calls([AmplitudeCall], warnings: [LimitWarning])
    case failed(ActionFailure)

    /// The words of the original.
    package var originalTexts: [String] {
        switch self {
        case .noTrigger: ["Failed to validate subscription"]
        case .unreadableTrigger(let error): ["Invalid subscription : \(error.originalText)"]
        case .notSubscribed: ["not subscribed"]
        case .unknownAction, .failed: []
        case .calls: ["Mappings resolved", "Payload validated", "Action Executed"]
        }
    }
}
