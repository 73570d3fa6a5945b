// SPDX-License-Identifier: MIT
import Footfall

/// Keeps the events that it is given, and answers with the outcomes that the test chose.
package final class RecordingDelivery: Delivery {
    package let limits: BatchLimits
    package let addsMetadata: Bool
    /// Raised at each attempt.
    package let attempted = Signal()
    private let state = Guarded<State>(State())
    private let refuses: @Sendable (JSON) -> Bool

    private struct State {
        var bodies: [JSON] = []
        var batches: [Int] = []
        var attempts: [DeliveryAttempt] = []
        var outcomes: [DeliveryOutcome] = []
    }

    package init(
        limits: BatchLimits = .segment, outcomes: [DeliveryOutcome] = [], addsMetadata: Bool = false,
        refuses: @escaping @Sendable (JSON) -> Bool = { _ in false }
    ) {
        self.limits = limits
        self.addsMetadata = addsMetadata
        self.refuses = refuses
        state.read { $0.outcomes = outcomes }
    }

    package func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var bodies: [JSON] = []
        var faults: [String] = []
        batch.forEach { body in
            do throws(JSONError) {
                bodies.append(try JSONParser.parse(body))
            } catch {
                faults.append("\(error): \(String(decoding: body, as: UTF8.self))")
            }
        }
        defer { attempted.raise() }
        // Otherwise it would be missing among what was accepted, and nothing would say why.
        if let fault = faults.first { return .finished(.blocked("the test was given what is no JSON: \(fault)")) }
        return .finished(
            state.read { state in
                state.batches.append(batch.count)
                state.attempts.append(attempt)
                var outcome = state.outcomes.isEmpty ? DeliveryOutcome.accepted : state.outcomes.removeFirst()
                if outcome == .accepted, bodies.contains(where: refuses) { outcome = .refused("told so") }
                if outcome == .accepted { state.bodies += bodies }
                return outcome
            })
    }

    /// What was accepted, in order.
    package var bodies: [JSONObject] { state.current.bodies.compactMap(\.objectValue) }
    /// How many events each attempt had.
    package var batches: [Int] { state.current.batches }
    package var attempts: [DeliveryAttempt] { state.current.attempts }
    package var names: [String] { bodies.map { $0["event"]?.stringValue ?? $0["type"]?.stringValue ?? "?" } }
}
