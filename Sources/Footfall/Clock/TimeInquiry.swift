// SPDX-License-Identifier: MIT

/// Decides, before a batch is tried, whether its times must be put right first, and which
/// host is asked for the time. Pure: hosts, clocks and answers come in.
///
/// Invariant: a batch with doubtful times goes only when no host is left that could tell
/// the time; its doubtful events are marked then.
struct TimeInquiry: Sendable {
    /// What is known of this device's clock at one moment.
    struct Knowledge: Sendable {
        var bootID: String
        /// Nanoseconds since boot.
        var now: Int64
        /// Whether the kernel has its time from a time service: no server is asked then.
        var isSynchronized: Bool
        /// The offset of a synchronized clock, if stored events must be moved to it.
        var correction: Int64?
        var belief: TimeWitnesses.Belief
        /// How many clocks the store knows; a new one has silent hosts asked again.
        var clocks: Int
    }

    /// What comes before an attempt.
    enum Step: Sendable, Equatable {
        /// Stored events are moved to this offset.
        case move(to: Int64)
        case ask(String)
        case freeze(Freezing)

        /// Whether a host may be asked because of it.
        var mayAsk: Bool {
            switch self {
            case .move: false
            case .ask: true
            case .freeze(let how): how.next != nil
            }
        }

        /// The step while the network must not be used: events with a doubtful time are marked and go.
        var withoutAsking: Step {
            switch self {
            case .move: self
            case .ask: .freeze(Freezing(marks: true, isContested: true))
            case .freeze(let how):
                .freeze(Freezing(marks: how.marks || how.next != nil, isContested: how.isContested))
            }
        }
    }

    /// How a batch is made ready.
    struct Freezing: Sendable, Equatable {
        /// Whether events with a doubtful time are marked and go.
        var marks: Bool
        /// Whether the times of this boot are doubtful although they are believed.
        var isContested: Bool
        /// The host to ask if a time is doubtful.
        var next: String?
    }

    /// How a host answered that was asked for the time.
    enum Answer: Sendable, Equatable {
        case time
        /// It answered without a usable time: it takes no HEAD request, for example.
        case noTime
        case failure(wasConnected: Bool)
    }

    /// What a time that a host named changes.
    struct Finding: Sendable, Equatable {
        /// The offset that stored events are moved to.
        var truth: Int64?
        var dispute = DisputeChange.none
    }

    /// What is to be stored about contradicting hosts.
    enum DisputeChange: Sendable, Equatable {
        case none
        case began(ClockDispute)
        /// There is none, whatever an earlier process stored.
        case over
    }

    private var witnesses = TimeWitnesses()
    /// The dispute that is stored.
    private var dispute: ClockDispute?
    /// Whether the dispute that an earlier process stored was replaced.
    private var knowsDispute = false

    // MARK: - Before an attempt

    /// - Parameter hosts: The hosts whose time is believed, the destination's own first.
    mutating func step(asking hosts: [String], _ known: Knowledge) -> Step {
        if let correction = known.correction { return .move(to: correction) }
        guard !known.isSynchronized else { return .freeze(Freezing(marks: false, isContested: false)) }
        let next = witnesses.next(of: hosts, clocks: known.clocks, at: known.now)
        if let next, witnesses.wantsAnother(of: hosts, belief: known.belief, at: known.now) { return .ask(next) }
        if next == nil, let truth = truth(hosts, known, isComplete: true) { return .move(to: truth) }
        let isContested = witnesses.contests(known.belief, of: hosts, at: known.now)
        return .freeze(Freezing(marks: next == nil, isContested: isContested, next: next))
    }

    // MARK: - Answers

    /// An answer over verified https named the time.
    mutating func heard(_ date: Timestamp, from host: String, of hosts: [String], _ known: Knowledge) -> Finding {
        let said = Moment(wall: date, bootNanoseconds: known.now, bootID: known.bootID)
        witnesses.hear(said.offset, from: host, at: known.now)
        guard !known.isSynchronized else { return Finding() }
        let isComplete = witnesses.next(of: hosts, clocks: known.clocks, at: known.now) == nil
        let change = change(isComplete: isComplete, hosts, known)
        return Finding(truth: truth(hosts, known, isComplete: isComplete), dispute: change)
    }

    /// A host was asked.
    ///
    /// - Parameter isOwn: Whether the batch goes to this host.
    /// - Returns: whether the attempt failed: its own host cannot be reached and is asked again.
    mutating func asked(_ host: String, isOwn: Bool, _ answer: Answer, clocks: Int, at now: Int64) -> Bool {
        switch answer {
        case .time: return false
        case .noTime:
            witnesses.heardNothing(from: host, isBroken: false, clocks: clocks)
            return false
        case .failure(let wasConnected):
            // Another host that cannot be reached is not asked for ever. The destination's
            // own is: without it the batch cannot arrive.
            if wasConnected || !isOwn { witnesses.heardNothing(from: host, isBroken: true, clocks: clocks) }
            return isOwn && witnesses.next(of: [host], clocks: clocks, at: now) != nil
        }
    }

    private mutating func truth(_ hosts: [String], _ known: Knowledge, isComplete: Bool) -> Int64? {
        let verdict = witnesses.verdict(of: hosts, belief: known.belief, isComplete: isComplete, at: known.now)
        guard case .moves(let truth) = verdict else { return nil }
        witnesses.hasMoved(to: truth, of: hosts, belief: known.belief, at: known.now)
        return truth
    }

    private mutating func change(isComplete: Bool, _ hosts: [String], _ known: Knowledge) -> DisputeChange {
        let found = witnesses.dispute(of: hosts, at: known.now).map { ClockDispute($0, bootID: known.bootID) }
        guard found != nil || isComplete, !knowsDispute || found?.hosts != dispute?.hosts else { return .none }
        knowsDispute = true
        dispute = found
        return found.map { .began($0) } ?? .over
    }
}

extension TimeInquiry.Knowledge {
    init(_ clock: SystemClock, _ known: ClockStateMachine) {
        let isSynchronized = clock.isSynchronized()
        let now = clock.moment
        let believed = known.truth(of: now.bootID) ?? (known.isTrusted(now) ? now.offset : nil)
        self.init(
            bootID: now.bootID, now: now.bootNanoseconds, isSynchronized: isSynchronized,
            correction: isSynchronized ? known.news(of: clock) : nil, belief: believed.map { .offset($0) } ?? .nothing,
            clocks: known.rows.count)
    }
}
