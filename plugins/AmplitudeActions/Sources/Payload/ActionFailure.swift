// SPDX-License-Identifier: MIT
import FootfallMapping

/// Why an action did not come to a request.
package enum ActionFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The mapping itself is unusable; it was said at the start.
    case mapping(MappingError)
    /// The mapping cannot do with this event.
    case evaluation(EvaluationError)
    /// What the mapping gave is not what the fields want.
    case payload(PayloadError)
    /// Amplitude would refuse it: why.
    case refused(String)
    /// The original's answer to several events at once.
    case batch

    package var description: String {
        switch self {
        case .mapping(let error): error.description
        case .evaluation(let error): error.description
        case .payload(let error): error.description
        case .refused(let reason): reason
        case .batch: "This action does not support batched requests."
        }
    }

    /// What the original calls this kind of failure.
    package var originalKind: String {
        switch self {
        case .mapping(let error): error.isAboutParts ? "mapping" : "error"
        case .payload: "validation"
        case .evaluation, .refused, .batch: "error"
        }
    }
}
