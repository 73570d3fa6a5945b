// SPDX-License-Identifier: MIT

/// What became of single events of a batch, by their place in it.
public struct DeliveryVerdicts: Sendable, Equatable {
    /// They arrived.
    public var delivered: Set<Int> = []
    /// They are put aside as dead letters, each with its reason.
    public var refused: [Int: String] = [:]
    /// Nobody wants them: they are counted as dropped.
    public var dropped: Set<Int> = []
    /// What is to be done with the others.
    public var rest = Rest.again

    public enum Rest: Sendable, Equatable {
        /// They are tried again at once.
        case again
        /// As ``DeliveryOutcome/refused(_:)``.
        case refused(String)
        /// As ``DeliveryOutcome/retry(_:after:)``.
        case retry(String, after: Duration?)
        /// As ``DeliveryOutcome/blocked(_:)``.
        case blocked(String)
    }

    public init() {}

    /// The outcome for a whole batch.
    var isWhole: Bool { refused.isEmpty && dropped.isEmpty && rest == .again }
}

/// A batch that takes several requests, one after another; the next is made when
/// the one before was accepted.
public struct DeliveryPlan: Sendable {
    /// One of the requests.
    public struct Part: Sendable {
        public var request: DeliveryRequest
        /// The places in the batch of the events that it carries.
        public var places: [Int]
        /// What an answer means: `nil` that it is accepted, else what becomes of
        /// the events of the whole batch that it names, and of the rest.
        public var read: @Sendable (DeliveryResponse) -> DeliveryVerdicts?

        public init(
            request: DeliveryRequest, places: [Int], read: @escaping @Sendable (DeliveryResponse) -> DeliveryVerdicts?
        ) {
            self.request = request
            self.places = places
            self.read = read
        }
    }

    public var parts: [Part]
    /// What is decided without asking anybody.
    public var verdicts: DeliveryVerdicts

    public init(parts: [Part], verdicts: DeliveryVerdicts = DeliveryVerdicts()) {
        self.parts = parts
        self.verdicts = verdicts
    }
}

/// Goes through the requests of a plan. Pure: answers come in, what is next goes out.
struct DeliveryProgress: Sendable {
    private let plan: DeliveryPlan
    private let count: Int
    private var next = 0
    /// How many of its requests an event still waits for.
    private var waiting: [Int]

    enum Step: Sendable {
        case send(DeliveryRequest)
        case finished(DeliveryOutcome)
    }

    init(_ plan: DeliveryPlan, count: Int) {
        self.plan = plan
        self.count = count
        waiting = Array(repeating: 0, count: count)
        for part in plan.parts { for place in Set(part.places) where place < count { waiting[place] += 1 } }
    }

    mutating func begin() -> Step { step(nil) }

    /// An answer to the request at hand.
    mutating func answered(_ response: DeliveryResponse) -> Step {
        let part = plan.parts[next]
        if let verdicts = part.read(response) { return step(verdicts) }
        for place in Set(part.places) where place < count { waiting[place] -= 1 }
        next += 1
        return step(nil)
    }

    /// There was no whole answer.
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
