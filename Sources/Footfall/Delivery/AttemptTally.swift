// SPDX-License-Identifier: MIT
import FootfallStore
import FootfallTransport

/// The requests of one attempt: how many bytes they had, and how the server answered them.
struct AttemptTally: Equatable {
    /// The bodies of all requests together.
    private(set) var size = RequestSender.Size()
    /// Requests that the destination took as successful.
    private(set) var successes: Int64 = 0
    /// Requests that got no answer, or one that says that events are left.
    private(set) var failures: Int64 = 0
    /// The HTTP status of the last answer; 0 when the last request got none.
    private(set) var status: Int64 = 0

    /// A request was begun.
    mutating func began(_ size: RequestSender.Size) {
        self.size.body += size.body
        self.size.sent += size.sent
    }

    /// A request ended, and so did the attempt.
    mutating func ended(_ ending: Transport.Ending, _ outcome: DeliveryOutcome) {
        if case .response(let code, _, _) = ending { status = Int64(code) } else { status = 0 }
        // The status alone does not say it: the login page of a hotel's network is a 200 too.
        if outcome.isSuccess { successes += 1 } else { failures += 1 }
    }

    /// A request of several ended.
    mutating func ended(_ ending: Transport.Ending, _ step: DeliveryProgress.Step) {
        switch step {
        case .send: ended(ending, .accepted)
        case .finished(let outcome): ended(ending, outcome)
        }
    }

    /// Stores the sums of a destination. Inside the transaction that settles the attempt.
    ///
    /// - Parameters:
    ///   - time: Now, put right if that is known.
    ///   - isSuccess: Whether the destination took an event.
    func add(to counters: CounterTable, of name: String, at time: Timestamp, isSuccess: Bool) throws(StoreError) {
        try counters.set(time.milliseconds, of: DestinationCounter.lastAttempt.name(of: name))
        if isSuccess { try counters.set(time.milliseconds, of: DestinationCounter.lastSuccess.name(of: name)) }
        // A destination without requests, as a file, has no other counters.
        guard successes > 0 || failures > 0 || size.sent > 0 else { return }
        try counters.set(status, of: DestinationCounter.lastStatus.name(of: name))
        try counters.add(successes, to: DestinationCounter.successes.name(of: name))
        try counters.add(failures, to: DestinationCounter.failures.name(of: name))
        try counters.add(Int64(size.sent), to: DestinationCounter.sentBytes.name(of: name))
    }

    /// Counts what was delivered in the numbers of the process.
    ///
    /// - Parameter count: How many events the batch has.
    func count(_ result: RetryStateMachine.BatchResult, of count: Int, in statistics: Statistics) {
        guard let delivered = result.delivered(of: count) else { return }
        statistics.count(delivered: delivered, bytes: size.body, sent: size.sent)
    }
}

extension RetryStateMachine.BatchResult {
    /// How many events of a batch the destination took; `nil` when it took none.
    func delivered(of count: Int) -> Int? {
        switch self {
        case .delivered: count
        case .eventByEvent(let events) where !events.delivered.isEmpty: events.delivered.count
        case .eventByEvent, .deadLetter, .keep: nil
        }
    }
}

extension DeliveryOutcome {
    /// Whether no event is left because of the request: the server took them, or named those that it refused.
    fileprivate var isSuccess: Bool {
        switch self {
        case .accepted: true
        case .partial(let verdicts): verdicts.rest == .again
        case .refused, .retry, .blocked: false
        }
    }
}
