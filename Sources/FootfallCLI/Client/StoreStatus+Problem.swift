// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// Why events wait or were refused, and what to do about it.
struct DeliveryProblem: Equatable {
    var why: String
    var cure: String
}

extension StoreStatus.Destination {
    /// The state, for people.
    var stateWords: String { Absence(rawValue: state)?.words ?? state }

    /// How long the oldest event has waited; `-` when none waits.
    var oldestText: String {
        oldest.map { "\($0.isAtLeast ? "at least " : "")\(readable(seconds: $0.seconds))" } ?? "-"
    }

    /// Whether an attempt failed and the time for the next one has come.
    var isDue: Bool { queued > 0 && nextAttempt == nil && (state == "retrying" || state == "waiting") }

    /// What keeps the events of this destination; none when all is well.
    var problems: [DeliveryProblem] {
        [waiting, refused].compactMap(\.self)
    }

    private var word: String { shellWord(name) }
    private var error: String { lastError ?? "the reason was not kept" }

    private var waiting: DeliveryProblem? {
        switch Absence(rawValue: state) {
        case .unknownType:
            return DeliveryProblem(
                why: lastError ?? "this program does not know its type",
                cure: "start the program that knows the type; or disable it and run footfall destinations drop \(word)")
        case .notConfigured where queued > 0 || deadLettered > 0:
            return DeliveryProblem(
                why: "the configuration does not have it any more",
                cure: "configure it again, or run footfall destinations drop \(word)")
        case .disabled where queued > 0:
            return DeliveryProblem(
                why: "it is disabled in the configuration",
                cure: "set \"enabled\": true, or run footfall destinations drop \(word)")
        case .notConfigured, .disabled, .new: return nil
        case nil: break
        }
        switch state {
        case "blocked":
            return DeliveryProblem(
                why: error, cure: "mend the key, the address or what the message names; then run footfall flush")
        case "refusing":
            return DeliveryProblem(
                why: error,
                cure: "compare footfall events list --destination \(word) with what the server expects; then run "
                    + "footfall flush")
        default: break
        }
        guard queued > 0 else { return nil }
        let cure = isDelivered ? "none is needed: a program delivers, and tries again" : "run footfall flush"
        if let lastError { return DeliveryProblem(why: lastError, cure: cure) }
        guard !isDelivered else { return nil }
        return DeliveryProblem(why: "no program delivers now", cure: cure)
    }

    private var refused: DeliveryProblem? {
        guard deadLettered > 0 else { return nil }
        return DeliveryProblem(
            why: "\(counted(deadLettered, "event")) refused; kept as dead letters",
            cure: "footfall dead-letters list shows why; retry sends them again, purge removes them")
    }
}
