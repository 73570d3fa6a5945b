// SPDX-License-Identifier: MIT

/// Decides, for one destination, when and how much is tried next. Pure: times
/// (nanoseconds since boot) and random numbers come in, actions go out.
struct RetryStateMachine: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// The next batch may go.
        case ready
        /// After a failure: not before a time.
        case waiting(until: Int64, isDemanded: Bool)
        /// The address is wrong: hourly, and at each flush.
        case blocked(until: Int64)
        /// The server refuses everything that it was sent: likewise. While there are
        /// suspects, what comes behind them may show that it takes others.
        case refusing(until: Int64)
    }

    /// What is to be done with the events of the batch that was tried.
    enum Action: Sendable, Equatable {
        /// They are delivered; so are none of these earlier ones, which are dead letters.
        case delivered(deadLetters: [Int64])
        /// The single event, and these before it, are dead letters.
        case deadLetter([Int64])
        /// These of them, wherever they are, are done with; the others stay.
        case settled(Settled)
        /// They stay.
        case keep
    }

    /// What became of single events.
    struct Settled: Sendable, Equatable {
        var delivered: [Int64] = []
        var dropped: [Int64] = []
        var deadLetters: [Int64: String] = [:]

        var isEmpty: Bool { delivered.isEmpty && dropped.isEmpty && deadLetters.isEmpty }
    }

    /// Delays after network errors, 408, 429 and 5xx: the first is between these
    /// two. Devices that lose a server in the same second are parted by it: of
    /// 1,000 at most 41 try in any second of the next five minutes.
    static let shortestDelay = Duration.seconds(1).nanoseconds
    static let longestFirstDelay = Duration.seconds(75).nanoseconds
    /// Each further one is between the last and three times the last, up to this
    /// (decorrelated jitter: "Exponential Backoff And Jitter", AWS)…
    static let longestDelay = Duration.seconds(900).nanoseconds
    /// …and from then on between this and that, so that they stay apart.
    static let longestLeastDelay = longestDelay / 2
    /// A time that a server names is for many: up to this part of it comes on top.
    static let demandSpread: Int64 = 10
    /// No server is believed that wants to be left alone for longer.
    static let longestDemand = Limits.longestRetryAfter.nanoseconds
    static let blockedDelay = Duration.seconds(3_600).nanoseconds
    /// So many single events refused, and none taken: it is not the events.
    static let refusalLimit = 8
    /// After fewer, with nothing behind them that could be taken.
    static let suspectDelay = longestDelay

    private(set) var state = State.ready
    /// The last delay that was not the server's; 0 before the first.
    private(set) var lastDelay: Int64 = 0
    /// Attempts since the last success.
    private(set) var failures = 0
    private(set) var lastError: String?
    /// Why the last content was refused: what its dead letters say.
    private(set) var lastRefusal: String?
    private var bisection = BadEventBisection()

    init() {}

    /// How many events the next batch may have, while a bad one is looked for.
    var batchLimit: Int? { bisection.batchLimit }
    /// Single events that were refused while none was taken.
    var suspects: [Int64] { bisection.suspects }

    /// Where the next batch begins, behind the destination's own position.
    var cursor: Int64 { suspects.last ?? 0 }

    /// When the next attempt may be made; `Int64.min` for at once.
    var nextAttempt: Int64 {
        suspectsUntil == nil ? until : .min
    }

    /// When suspects that nothing was taken behind are tried again, if there are any.
    var suspectsUntil: Int64? {
        guard case .refusing(let until) = state, !suspects.isEmpty else { return nil }
        return until
    }

    /// Until when the state lasts; `Int64.min` when it may end at once.
    var until: Int64 {
        switch state {
        case .ready: .min
        case .waiting(let until, _), .blocked(let until), .refusing(let until): until
        }
    }

    /// Before each attempt: suspects that nothing was taken behind are tried again
    /// when their time is over.
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

    /// Somebody asks for delivery now. A time that the server named is kept.
    mutating func flushRequested() {
        if case .waiting(_, isDemanded: true) = state { return }
        if case .refusing = state { bisection.stop() }
        state = .ready
    }

    /// An attempt ended. `ids` are the events of its batch.
    mutating func finished<R: RandomNumberGenerator>(
        _ outcome: DeliveryOutcome, ids: [Int64], at now: Int64, random: inout R
    ) -> Action {
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
    ) -> Action {
        var settled = Settled()
        for place in verdicts.delivered.sorted() where ids.indices.contains(place) {
            settled.delivered.append(ids[place])
        }
        for place in verdicts.dropped.sorted() where ids.indices.contains(place) { settled.dropped.append(ids[place]) }
        for (place, why) in verdicts.refused where ids.indices.contains(place) { settled.deadLetters[ids[place]] = why }
        let done = Set(settled.delivered + settled.dropped + settled.deadLetters.keys)
        let rest = ids.filter { !done.contains($0) }
        if !settled.delivered.isEmpty {
            failures = 0
            lastDelay = 0
            // It takes others: it was the events.
            for id in bisection.acceptedSome() { settled.deadLetters[id] = lastRefusal ?? "refused" }
        }
        let action: Action
        switch verdicts.rest {
        case .again:
            state = .ready
            if rest.isEmpty {
                lastError = settled.deadLetters.values.first
                bisection.stop()
            } else {
                // Nothing settled and nothing to wait for would go on for ever.
                if settled.isEmpty {
                    return finished(
                        .retry("the server settled nothing", after: nil), ids: ids, at: now, random: &random)
                }
                failed(settled.deadLetters.values.first ?? "some events are to be sent again")
                failures = 0
            }
            action = .keep
        case .refused(let why): action = rest.isEmpty ? .keep : refused(why, rest, now)
        case .retry(let why, let after):
            action = finished(.retry(why, after: after), ids: rest, at: now, random: &random)
        case .blocked(let why): action = finished(.blocked(why), ids: rest, at: now, random: &random)
        }
        if case .deadLetter(let letters) = action {
            for id in letters { settled.deadLetters[id] = lastError ?? "refused" }
        }
        return settled.isEmpty ? action : .settled(settled)
    }

    /// The user is to be forgotten, whom the error may quote.
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

    /// What the delay that follows one may be.
    private static func delays(after last: Int64) -> ClosedRange<Int64> {
        guard last > 0 else { return shortestDelay...longestFirstDelay }
        let longest = min(last * 3, longestDelay)
        return min(last, longestLeastDelay, longest)...longest
    }

    private mutating func failed(_ why: String) {
        failures += 1
        lastError = why
    }

    private mutating func accepted(_ ids: [Int64]) -> Action {
        state = .ready
        lastDelay = 0
        failures = 0
        let deadLetters = bisection.accepted(ids)
        if !bisection.isOn { lastError = nil }
        return .delivered(deadLetters: deadLetters)
    }

    private mutating func refused(_ why: String, _ ids: [Int64], _ now: Int64) -> Action {
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

    /// A word for people and `status`.
    var stateName: String {
        switch state {
        case .ready: failures > 0 ? "retrying" : "ready"
        case .waiting: "waiting"
        case .blocked: "blocked"
        case .refusing: "refusing"
        }
    }
}
