// SPDX-License-Identifier: MIT

/// An attempt that the uploader waits for: a ``PendingDelivery`` with the time at which it fails.
/// Used on the uploader's thread only.
struct PendingAttempt {
    /// In nanoseconds since boot.
    let deadline: Int64
    private let state: PendingState
    /// How many events the batch has.
    private let count: Int

    /// - Parameters:
    ///   - wake: Wakes the uploader when the attempt is finished.
    /// - Returns: `nil` when the object belonged to an earlier attempt.
    init?(_ pending: PendingDelivery, count: Int, now: Int64, wake: @escaping @Sendable () -> Void) {
        state = pending.state
        self.count = count
        let end = now.addingReportingOverflow(pending.state.limit.nanoseconds)
        deadline = end.overflow ? .max : end.partialValue
        guard state.attach(wake) else { return nil }
    }

    /// The outcome, once the attempt is finished or its time is over.
    func outcome(at now: Int64) -> DeliveryOutcome? {
        if let outcome = state.take(count: count) { return outcome }
        guard deadline <= now else { return nil }
        return state.cancel(count: count)
            ?? .retry("the destination did not finish within \(state.limit)", after: nil)
    }

    /// Gives the attempt up. What it says later is ignored.
    func cancel() { state.cancel(count: count) }
}

extension PendingAttempt {
    /// An attempt that wakes the uploader's thread when it is finished.
    init?(_ pending: PendingDelivery, count: Int, in context: DeliveryContext) {
        self.init(pending, count: count, now: context.clock.boot()) { [weak runtime = context.runtime] in
            runtime?.uploader.tell { _ in }
        }
    }
}
