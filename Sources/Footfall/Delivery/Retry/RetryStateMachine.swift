// SPDX-License-Identifier: MIT

/// Decides for one destination when the next batch is tried and how large it may be. Pure:
/// times (nanoseconds since boot) and random numbers come in, actions go out.
struct RetryStateMachine: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// The next batch may be tried.
        case ready
        /// After a failure: nothing is tried before a time. `isDemanded` if the server named it.
        case waiting(until: Int64, isDemanded: Bool)
        /// The address, the key or the network is wrong: tried once an hour and at each flush.
        case blocked(until: Int64)
        /// The server refuses every event: tried once an hour and at each flush. While there
        /// are suspects, an event behind them may show that the server accepts others.
        case refusing(until: Int64)
    }

    /// What an attempt means for the events of its batch.
    enum BatchResult: Sendable, Equatable {
        /// The batch is delivered. These events before it become dead letters.
        case delivered(deadLetters: [Int64])
        /// The batch is one event; it and the other events of this list become dead letters.
        case deadLetter([Int64])
        /// Single events are finished; all others stay.
        case eventByEvent(EventResults)
        /// All events stay.
        case keep
    }

    /// The results of single events, by their number.
    struct EventResults: Sendable, Equatable {
        var delivered: [Int64] = []
        var dropped: [Int64] = []
        var deadLetters: [Int64: String] = [:]

        var isEmpty: Bool { delivered.isEmpty && dropped.isEmpty && deadLetters.isEmpty }
    }

    /// The first delay after a network error, 408, 429 or 5xx is between these two. It
    /// spreads devices that lose a server in the same second: of 1,000 devices at most 41
    /// try in any second of the next five minutes.
    static let shortestDelay = Duration.seconds(1).nanoseconds
    static let longestFirstDelay = Duration.seconds(75).nanoseconds
    /// Each further delay is between the last one and three times the last one, up to this
    /// (decorrelated jitter: "Exponential Backoff And Jitter", AWS)…
    static let longestDelay = Duration.seconds(900).nanoseconds
    /// …and from then on between this and the longest, so that devices stay apart.
    static let longestLeastDelay = longestDelay / 2
    /// A server names the same time to many devices: up to a tenth of it is added.
    static let demandSpread: Int64 = 10
    /// A longer time that a server names is cut to this: it is a mistake.
    static let longestDemand = Limits.longestRetryAfter.nanoseconds
    static let blockedDelay = Duration.seconds(3_600).nanoseconds
    /// After so many refused single events without an accepted one the server is at fault.
    static let refusalLimit = 8
    /// Fewer suspects, without an event behind them to try, are tried again after this.
    static let suspectDelay = longestDelay

    private(set) var state = State.ready
    /// The last delay that the server did not name; 0 before the first.
    private(set) var lastDelay: Int64 = 0
    /// Attempts since the last success.
    private(set) var failures = 0
    private(set) var lastError: String?
    /// Why the last events were refused: the reason of their dead letters.
    private(set) var lastRefusal: String?
    private var bisection = BadEventBisection()

    init() {}

    /// How many events the next batch may have while a bad event is looked for.
    var batchLimit: Int? { bisection.batchLimit }
    /// Single events that were refused while none was accepted.
    var suspects: [Int64] { bisection.suspects }

    /// The next batch begins behind this event and behind the destination's position.
    var cursor: Int64 { suspects.last ?? 0 }

    /// When the next attempt may be made; `Int64.min` for at once.
    var nextAttempt: Int64 {
        suspectsUntil == nil ? until : .min
    }

    /// When the suspects are tried again; `nil` without suspects that wait.
    var suspectsUntil: Int64? {
        guard case .refusing(let until) = state, !suspects.isEmpty else { return nil }
        return until
    }

    /// When the state ends by itself; `Int64.min` for ready.
    var until: Int64 {
        switch state {
        case .ready: .min
        case .waiting(let until, _), .blocked(let until), .refusing(let until): until
        }
    }

    /// An attempt begins. Suspects whose time is over are tried again.
    mutating func attempting(at now: Int64) {
        if case .refusing(let until) = state, until <= now { bisection.stop() }
    }

    /// Nothing is left to be tried. If there are suspects, nothing will show what
    /// they are: the events behind them were dropped to make room.
    mutating func foundNothing(at now: Int64) {
        if case .refusing = state { return }
        guard !suspects.isEmpty else { return }
        bisection.passSuspects()
        state = .refusing(until: now + Self.suspectDelay)
    }

    /// A flush asks for delivery now. A time that the server named stays.
    mutating func flushRequested() {
        if case .waiting(_, isDemanded: true) = state { return }
        if case .refusing = state { bisection.stop() }
        state = .ready
    }

    /// An attempt ended. `ids` are the events of its batch.
    mutating func finished<R: RandomNumberGenerator>(
        _ outcome: DeliveryOutcome, ids: [Int64], at now: Int64, random: inout R
    ) -> BatchResult {
        switch outcome {
        case .accepted: return accepted(ids)
        case .refused(let why): return refused(why, ids, now)
        case .partial(let verdicts): return partly(verdicts, ids, now, &random)
        case .retry(let why, let after):
            failed(why)
            if let after, after > .zero {
                let named = min(after.nanoseconds, Self.longestDemand)
                let delay = min(
                    named + Int64.random(in: 0...named / Self.demandSpread, using: &random), Self.longestDemand)
                state = .waiting(until: now + delay, isDemanded: true)
            } else {
                lastDelay = Int64.random(in: Self.delays(after: lastDelay), using: &random)
                state = .waiting(until: now + lastDelay, isDemanded: false)
            }
            return .keep
        case .blocked(let why):
            failed(why)
            bisection.stop()
            state = .blocked(until: now + Self.blockedDelay)
            return .keep
        }
    }

    private mutating func partly<R: RandomNumberGenerator>(
        _ verdicts: DeliveryVerdicts, _ ids: [Int64], _ now: Int64, _ random: inout R
    ) -> BatchResult {
        var results = EventResults()
        for place in verdicts.delivered.sorted() where ids.indices.contains(place) {
            results.delivered.append(ids[place])
        }
        for place in verdicts.dropped.sorted() where ids.indices.contains(place) { results.dropped.append(ids[place]) }
        for (place, why) in verdicts.refused where ids.indices.contains(place) { results.deadLetters[ids[place]] = why }
        let done = Set(results.delivered + results.dropped + results.deadLetters.keys)
        let rest = ids.filter { !done.contains($0) }
        if !results.delivered.isEmpty {
            failures = 0
            lastDelay = 0
            // The server accepts others, so the suspects are bad.
            for id in bisection.acceptedSome() { results.deadLetters[id] = lastRefusal ?? "refused" }
        }
        let others: BatchResult
        switch verdicts.rest {
        case .again:
            state = .ready
            if rest.isEmpty {
                lastError = results.deadLetters.values.first
                bisection.stop()
            } else {
                // Without a result and without a delay it would be tried for ever.
                if results.isEmpty {
                    return finished(
                        .retry("the server named no event that it accepted or refused", after: nil), ids: ids, at: now,
                        random: &random)
                }
                failed(results.deadLetters.values.first ?? "some events are to be sent again")
                failures = 0
            }
            others = .keep
        case .refused(let why): others = rest.isEmpty ? .keep : refused(why, rest, now)
        case .retry(let why, let after):
            others = finished(.retry(why, after: after), ids: rest, at: now, random: &random)
        case .blocked(let why): others = finished(.blocked(why), ids: rest, at: now, random: &random)
        }
        if case .deadLetter(let letters) = others {
            for id in letters { results.deadLetters[id] = lastError ?? "refused" }
        }
        return results.isEmpty ? others : .eventByEvent(results)
    }

    /// Forgets the error, which may quote a user who is to be forgotten.
    mutating func forgetError() { lastError = nil }

    /// Goes on from a ``RetryRecord``.
    ///
    /// - Parameter name: As ``stateName``; an unknown one means ready.
    init(restoring name: String, until: Int64, isDemanded: Bool, failures: Int, lastError: String?) {
        self.failures = max(failures, 0)
        self.lastError = lastError
        switch name {
        case "waiting": state = .waiting(until: until, isDemanded: isDemanded)
        case "blocked": state = .blocked(until: until)
        case "refusing": state = .refusing(until: until)
        default: state = .ready
        }
    }

    /// The range of the delay that follows another.
    private static func delays(after last: Int64) -> ClosedRange<Int64> {
        guard last > 0 else { return shortestDelay...longestFirstDelay }
        let longest = min(last * 3, longestDelay)
        return min(last, longestLeastDelay, longest)...longest
    }

    private mutating func failed(_ why: String) {
        failures += 1
        lastError = why
    }

    private mutating func accepted(_ ids: [Int64]) -> BatchResult {
        state = .ready
        lastDelay = 0
        failures = 0
        let deadLetters = bisection.accepted(ids)
        if !bisection.isOn { lastError = nil }
        return .delivered(deadLetters: deadLetters)
    }

    private mutating func refused(_ why: String, _ ids: [Int64], _ now: Int64) -> BatchResult {
        failed(why)
        lastRefusal = why
        state = .ready
        guard !ids.isEmpty else { return .keep }
        switch bisection.refused(ids) {
        case .refusedTogether: return .keep
        case .isBad: return .deadLetter(ids)
        case .isSuspect(let isLast):
            // Nothing shows yet whether it is the event or the server.
            if suspects.count >= Self.refusalLimit {
                bisection.stop()
                state = .refusing(until: now + Self.blockedDelay)
            } else if isLast {
                bisection.passSuspects()
                state = .refusing(until: now + Self.suspectDelay)
            }
            return .keep
        }
    }
}

extension RetryStateMachine {
    /// Whether it waits because the server named a time.
    var isDemanded: Bool {
        if case .waiting(_, isDemanded: true) = state { return true }
        return false
    }

    /// The state's name, in records and for people.
    var stateName: String {
        switch state {
        case .ready: failures > 0 ? "retrying" : "ready"
        case .waiting: "waiting"
        case .blocked: "blocked"
        case .refusing: "refusing"
        }
    }
}
