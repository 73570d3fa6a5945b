// SPDX-License-Identifier: MIT
import FootfallStore

@testable import Footfall

extension Device {
    /// The result of a batch that is not in the store yet.
    struct Unsettled {
        var action: RetryStateMachine.BatchResult
        var batch: DeliveryBatch
        var arrived: Set<Int>
    }

    /// What a server knows.
    struct Server {
        /// The numbers that arrived.
        var arrived: Set<Int> = []
        /// Those that arrived though the store does not know: they may come again.
        var mayRepeat: Set<Int> = []
    }

    func upload(_ destination: Int, _ answer: Operation.Answer, _ dies: Bool, atMost: Int = 16) throws {
        if let earlier = unsettled[destination] {
            try settle(earlier, destination)
            guard unsettled[destination] == nil else { return }
        }
        machines[destination].attempting(at: time.boot)
        guard machines[destination].nextAttempt <= time.boot else { return }
        guard let batch = try nextBatch(destination, atMost) else { return }
        let sent = try numbers(batch, destination)
        let outcome = outcome(answer, sent)
        let arrived = arrived(outcome, sent)
        let again = arrived.intersection(servers[destination].arrived)
        guard again.isSubset(of: servers[destination].mayRepeat) else {
            throw Difference("\(again.sorted()) came twice")
        }
        servers[destination].arrived.formUnion(arrived)
        if dies {
            servers[destination].mayRepeat.formUnion(arrived)
            return try restart()
        }
        let action = machines[destination].finished(outcome, ids: batch.ids, at: time.boot, random: &random)
        try settle(Unsettled(action: action, batch: batch, arrived: arrived), destination)
    }

    /// The next batch, ready to be tried.
    private func nextBatch(_ destination: Int, _ atMost: Int) throws -> DeliveryBatch? {
        let outbox = DestinationQueue(store: store, destination: Int64(destination))
        var limits = BatchLimits(events: atMost, bytes: 100_000)
        if let limit = machines[destination].batchLimit { limits.events = max(min(limits.events, limit), 1) }
        guard let batch = try outbox.nextBatch(after: machines[destination].cursor, limits: limits) else { return nil }
        var clocks = ClockStateMachine(notBefore: clock.notBefore)
        let frozen = try withReserve { () throws(StoreError) in
            try outbox.freeze(batch, marks: true, limits: limits, now: clock.moment, clocks: &clocks)
        }
        guard let frozen, frozen.need == .nothing else { return nil }
        return frozen.batch
    }

    /// Delivering goes on when the disk is full: room is kept for it.
    private func withReserve<R>(_ body: () throws(StoreError) -> R) throws -> R? {
        let hadReserve = disk.isFull && disk.hasReserve
        let result = try unlessFull(body)
        guard result != nil || !hadReserve || disk.isOff else {
            throw Difference("nothing is delivered from a full disk")
        }
        return result
    }

    /// The numbers of a batch, which must be the next that wait.
    private func numbers(_ batch: DeliveryBatch, _ destination: Int) throws -> [Int] {
        var numbers: [Int] = []
        batch.forEach { numbers.append(Model.number($0)) }
        let waiting = history.now.rows.filter { $0.parts[destination] == .queued }
        let first = waiting.firstIndex { Int64($0.id) == batch.ids.first } ?? 0
        let expected = waiting[first...].prefix(numbers.count).map(\.number)
        guard numbers == expected else { throw Difference("sent \(numbers), not \(expected)") }
        return numbers
    }

    private func outcome(_ answer: Operation.Answer, _ sent: [Int]) -> DeliveryOutcome {
        let bad = sent.indices.filter { sent[$0] % 19 == 0 }
        switch answer {
        case .judges: return bad.isEmpty ? .accepted : .refused("bad")
        case .names:
            guard !bad.isEmpty else { return .accepted }
            var verdicts = DeliveryVerdicts()
            for place in bad { verdicts.refused[place] = "bad" }
            return .partial(verdicts)
        case .halves:
            var verdicts = DeliveryVerdicts()
            for place in sent.indices where !bad.contains(place) && place % 2 == 0 { verdicts.delivered.insert(place) }
            for place in bad { verdicts.refused[place] = "bad" }
            verdicts.rest = .retry("half", after: nil)
            return .partial(verdicts)
        case .isBusy: return .retry("busy", after: nil)
        case .isWrong: return .blocked("wrong")
        case .refusesAll: return .refused("all")
        }
    }

    private func arrived(_ outcome: DeliveryOutcome, _ sent: [Int]) -> Set<Int> {
        switch outcome {
        case .accepted: Set(sent)
        case .partial(let verdicts): Set(verdicts.delivered.map { sent[$0] })
        default: []
        }
    }

    private func settle(_ attempt: Unsettled, _ destination: Int) throws {
        let outbox = DestinationQueue(store: store, destination: Int64(destination))
        let now = Timestamp(milliseconds: time.wall)
        let record = RetryRecord(machines[destination], now: time.boot, wall: now)
        let model = settled(attempt, destination)
        history.begin(model)
        let left = try withReserve { () throws(StoreError) in
            try outbox.record(
                attempt.action, of: attempt.batch, error: "bad", retry: record.text, now: now,
                tally: AttemptTally(), at: now)
        }
        unsettled[destination] = left == nil ? attempt : nil
        guard left != nil else { return try refused() }
        history.commit(model)
    }

    /// What an attempt makes of the store.
    private func settled(_ attempt: Unsettled, _ destination: Int) -> Model {
        var model = history.now
        switch attempt.action {
        case .delivered(let letters):
            model.deliver(
                upTo: Int(attempt.batch.ids.last ?? 0), letters: Set(letters.map { Int($0) }), to: destination)
        case .deadLetter(let ids):
            model.deliver(upTo: Int(ids.last ?? 0), letters: Set(ids.map { Int($0) }), to: destination)
        case .eventByEvent(let results):
            model.settle(
                delivered: Set(results.delivered.map { Int($0) }),
                letters: Set(results.deadLetters.keys.map { Int($0) }), of: destination)
        case .keep: return model
        }
        model.boundDeadLetters(Int(Self.limits.deadLetters))
        return model
    }
}
