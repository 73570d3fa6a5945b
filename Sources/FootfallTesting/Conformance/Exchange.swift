// SPDX-License-Identifier: MIT
import Footfall

/// One attempt of a delivery, in which every request gets the same answer.
struct Exchange {
    private(set) var requests: [DeliveryRequest] = []
    private(set) var outcome: DeliveryOutcome
    /// How long the longest method of the delivery took.
    private(set) var slowest: (name: String, took: Int64)

    init(
        _ delivery: any Delivery, _ batch: DeliveryBatch,
        sentAt: Timestamp = Timestamp(milliseconds: 1_700_000_000_000),
        retryCount: Int = 0, answer: DeliveryResponse
    ) {
        let begin = Patience.now
        let step = delivery.begin(batch, DeliveryAttempt(sentAt: sentAt, retryCount: retryCount))
        slowest = ("begin(_:_:)", Patience.now - begin)
        switch step {
        case .finished(let outcome): self.outcome = outcome
        case .later(let pending):
            var outcome: DeliveryOutcome?
            _ = Patience.wait {
                outcome = pending.state.take(count: batch.count)
                return outcome != nil
            }
            self.outcome = outcome ?? .retry("the attempt was not finished within \(Patience.forEver)", after: nil)
        case .request(let request):
            requests = [request]
            let begin = Patience.now
            outcome = delivery.outcome(of: answer)
            if Patience.now - begin > slowest.took { slowest = ("outcome(of:)", Patience.now - begin) }
        case .plan(let plan):
            var progress = DeliveryProgress(plan, count: batch.count)
            var next = progress.begin()
            while case .send(let request) = next {
                requests.append(request)
                let begin = Patience.now
                next = progress.answered(answer)
                if Patience.now - begin > slowest.took { slowest = ("reading an answer", Patience.now - begin) }
            }
            guard case .finished(let last) = next else {
                outcome = .accepted
                return
            }
            outcome = last
        }
    }
}

extension DeliveryOutcome {
    /// Whether the server has what it is to have of a batch.
    func isAccepted(count: Int) -> Bool {
        switch self {
        case .accepted: true
        case .partial(let verdicts):
            verdicts.refused.isEmpty && verdicts.delivered.union(verdicts.dropped).count == count
        case .refused, .retry, .blocked: false
        }
    }

    /// Whether the outcome says that events are bad.
    var refuses: Bool {
        switch self {
        case .refused: true
        case .partial(let verdicts):
            if case .refused = verdicts.rest { true } else { !verdicts.refused.isEmpty }
        case .accepted, .retry, .blocked: false
        }
    }

    /// Whether the events are tried again, and after which time if the server named one.
    var retry: (isOne: Bool, after: Duration?) {
        switch self {
        case .retry(_, let after): (true, after)
        case .partial(let verdicts):
            if case .retry(_, let after) = verdicts.rest { (true, after) } else { (false, nil) }
        case .accepted, .refused, .blocked: (false, nil)
        }
    }

    /// The outcome in a few words, for a finding.
    var words: String {
        switch self {
        case .accepted: "accepted"
        case .refused(let why): "refused (\(why))"
        case .partial: "partial"
        case .retry(let why, _): "retry (\(why))"
        case .blocked(let why): "blocked (\(why))"
        }
    }
}
