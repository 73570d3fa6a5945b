// SPDX-License-Identifier: MIT

/// The results of single events of a batch, by their place in it.
public struct DeliveryVerdicts: Sendable, Equatable {
    /// Events that the server accepted.
    public var delivered: Set<Int> = []
    /// Events that become dead letters, each with its reason.
    public var refused: [Int: String] = [:]
    /// Events that the destination has no use for: they are counted as dropped.
    public var dropped: Set<Int> = []
    /// What happens to all other events of the batch.
    public var rest = Rest.again

    /// What happens to the events of a batch that have no verdict of their own.
    public enum Rest: Sendable, Equatable {
        /// The other events are tried again at once.
        case again
        /// Like ``DeliveryOutcome/refused(_:)``, for the other events.
        case refused(String)
        /// Like ``DeliveryOutcome/retry(_:after:)``, for the other events.
        case retry(String, after: Duration?)
        /// Like ``DeliveryOutcome/blocked(_:)``, for the other events.
        case blocked(String)
    }

    /// No verdicts: the whole batch is tried again at once.
    public init() {}

    /// What an outcome says of the whole batch; `nil` when it was accepted.
    init?(_ outcome: DeliveryOutcome) {
        self.init()
        switch outcome {
        case .accepted: return nil
        case .refused(let why): rest = .refused(why)
        case .retry(let why, let after): rest = .retry(why, after: after)
        case .blocked(let why): rest = .blocked(why)
        case .partial(let verdicts): self = verdicts
        }
    }

    /// Whether no event is refused, dropped or left to wait.
    var isWhole: Bool { refused.isEmpty && dropped.isEmpty && rest == .again }
}

/// A batch that takes several requests, one after another. Each request is made after the
/// one before was accepted.
public struct DeliveryPlan: Sendable {
    /// One request of the plan.
    public struct Part: Sendable {
        /// The request that is made.
        public var request: DeliveryRequest
        /// The places of its events in the batch.
        public var places: [Int]
        /// Reads the answer. `nil` means that the request is accepted; otherwise the
        /// verdicts are about the whole batch, and no further request is made.
        public var read: @Sendable (DeliveryResponse) -> DeliveryVerdicts?

        /// A request for some events of the batch, and how its answer is read.
        ///
        /// - Parameters:
        ///   - request: The request.
        ///   - places: The places of its events in the batch.
        ///   - read: See ``read``. With `nil`, the default, the answer is judged by its status, as in
        ///     ``DeliveryOutcome/init(status:)``.
        public init(
            request: DeliveryRequest, places: [Int],
            read: (@Sendable (DeliveryResponse) -> DeliveryVerdicts?)? = nil
        ) {
            self.request = request
            self.places = places
            self.read = read ?? { DeliveryVerdicts(DeliveryOutcome(status: $0)) }
        }
    }

    /// The requests, in the order in which they are made.
    public var parts: [Part]
    /// The verdicts that need no request: events that are not sent at all.
    public var verdicts: DeliveryVerdicts

    /// A plan of several requests, with the verdicts that need none.
    public init(parts: [Part], verdicts: DeliveryVerdicts = DeliveryVerdicts()) {
        self.parts = parts
        self.verdicts = verdicts
    }
}

/// Goes through the requests of a plan. Pure: answers come in, the next step goes out.
package struct DeliveryProgress: Sendable {
    private let plan: DeliveryPlan
    private let count: Int
    private var next = 0
    /// For each event, how many of its requests are not accepted yet.
    private var waiting: [Int]

    package enum Step: Sendable {
        case send(DeliveryRequest)
        case finished(DeliveryOutcome)
    }

    package init(_ plan: DeliveryPlan, count: Int) {
        self.plan = plan
        self.count = count
        waiting = Array(repeating: 0, count: count)
        for part in plan.parts { for place in Set(part.places) where place < count { waiting[place] += 1 } }
    }

    package mutating func begin() -> Step { step(nil) }

    /// The server answered the request that was sent last.
    package mutating func answered(_ response: DeliveryResponse) -> Step {
        let part = plan.parts[next]
        if let verdicts = part.read(response) { return step(verdicts) }
        for place in Set(part.places) where place < count { waiting[place] -= 1 }
        next += 1
        return step(nil)
    }

    /// The request that was sent last got no complete answer.
    func failed(_ why: String) -> DeliveryOutcome {
        var verdicts = DeliveryVerdicts()
        verdicts.rest = .retry(why, after: nil)
        return outcome(verdicts)
    }

    private func step(_ verdicts: DeliveryVerdicts?) -> Step {
        if verdicts == nil, next < plan.parts.count { return .send(plan.parts[next].request) }
        return .finished(outcome(verdicts ?? DeliveryVerdicts()))
    }

    private func outcome(_ last: DeliveryVerdicts) -> DeliveryOutcome {
        var whole = plan.verdicts
        whole.rest = last.rest
        whole.refused.merge(last.refused) { first, _ in first }
        whole.dropped.formUnion(last.dropped)
        whole.delivered.formUnion(last.delivered)
        for place in 0..<count where waiting[place] == 0 { whole.delivered.insert(place) }
        whole.delivered.subtract(whole.refused.keys)
        whole.delivered.subtract(whole.dropped)
        let isDone = whole.delivered.count == count && whole.isWhole
        return isDone ? .accepted : .partial(whole)
    }
}
