// SPDX-License-Identifier: MIT
import FootfallStore

@testable import Footfall

/// The real parts, without threads: the store in memory, the batch writer, the
/// outboxes and the retry machines, under a clock that is told.
final class Device {
    /// What is not as the model says.
    struct Difference: Error, CustomStringConvertible {
        var description: String
    }

    private final class Time: @unchecked Sendable {
        var wall: Int64 = 1_800_000_000_000
        var boot: Int64 = 1_000_000_000
        var bootID = "1"
    }

    static let limits = StoreLimits(events: 200)
    private static let batch = BatchLimits(events: 16, bytes: 100_000)

    private let time = Time()
    private let gate: StoreGate
    private var writer: BatchWriter
    private var machines = [RetryStateMachine(), RetryStateMachine()]
    private var random: SplitMix64
    private var number = 0
    private(set) var model = Model()
    /// Batches that a server took and nobody put down: they may come again.
    private var mayRepeat: [Set<Int>] = [[], []]
    private var clock: SystemClock

    init(seed: UInt64) throws {
        random = SplitMix64(state: seed)
        gate = StoreGate(
            directory: StateDirectory(path: "/dev/null/none"), use: .longLived, limits: Self.limits, mayUseMemory: true,
            report: { _ in })
        let time = time
        clock = SystemClock(
            wall: { Timestamp(milliseconds: time.wall) }, boot: { time.boot }, bootID: "1")
        writer = BatchWriter(clock: clock) { _ in nil }
        _ = try DestinationRegistrar(gate: gate).register([("a", "a"), ("b", "b")])
    }

    /// Lets something happen, and compares.
    func run(_ operation: Operation) throws {
        switch operation {
        case .track(let count, let priority, let dies): try track(count, priority, dies)
        case .upload(let destination, let answer, let dies): try upload(destination, answer, dies)
        case .wait(let seconds):
            time.wall += Int64(seconds) * 1_000
            time.boot += Int64(seconds) * 1_000_000_000
        case .setClock(let seconds): time.wall = max(time.wall + Int64(seconds) * 1_000, 0)
        case .reboot:
            time.boot = 1_000_000_000
            time.bootID += "1"
            let time = time
            clock = SystemClock(wall: { Timestamp(milliseconds: time.wall) }, boot: { time.boot }, bootID: time.bootID)
            try restart()
        case .kill: try restart()
        case .optOut:
            _ = try gate.withStore { (store) throws(StoreError) in try store.purge(keeping: Runtime.deletionMark) }
            model.optOut()
        case .retryDeadLetters:
            try changeLetters(
                { (store, letter) throws(StoreError) in
                    try store.queueAgain(letter.event, of: letter.destination)
                }, then: { $0.retry() })
        case .purgeDeadLetters:
            try changeLetters(
                { (store, letter) throws(StoreError) in
                    try store.removeDeadLetter(letter.event, of: letter.destination)
                }, then: { $0.dead = [[], []] })
        }
        try compare()
    }

    private func restart() throws {
        writer = BatchWriter(clock: clock) { _ in nil }
        for destination in machines.indices {
            let row = try gate.withStore { (store) throws(StoreError) in try store.destinations.row(Int64(destination))
            }
            machines[destination] = Lane.machine(row, now: time.boot, wall: Timestamp(milliseconds: time.wall))
        }
    }

    private func track(_ count: Int, _ priority: Int, _ dies: Bool) throws {
        var batch = BatchWriter.Batch()
        let first = number
        for _ in 0..<count {
            number += 1
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: time.wall), anonymousId: "a")
            event.event = "e"
            event.properties = ["n": .int(Int64(number))]
            event.bootNanoseconds = time.boot
            event.priority = Priority(rawValue: priority) ?? .normal
            batch.items.append(writer.item(PreparedEvent(event: event, routes: 3), hasPlugin: false))
        }
        // What was not stored when the process ended was never promised here.
        if dies { return try restart() }
        let outcome = try writer.write(&batch, gate: gate, plugin: nil, synchronous: .normal)
        writer.removeAll()
        model.evict(Int(outcome.drops[.evicted] ?? 0) + Int(outcome.drops[.expired] ?? 0))
        for number in (first + 1)...number { model.track(number, priority: priority) }
    }

    /// The number in a body, behind `"n":`; parsing them all would take most of the time.
    private static func number(_ body: UnsafeBufferPointer<UInt8>) -> Int {
        var index = body.count - 4
        while index >= 0 {
            if body[index] == 0x22, body[index + 1] == 0x6E, body[index + 2] == 0x22, body[index + 3] == 0x3A { break }
            index -= 1
        }
        guard index >= 0 else { return -1 }
        var number = 0
        index += 4
        while index < body.count, body[index] &- 48 < 10 {
            number = number * 10 + Int(body[index] - 48)
            index += 1
        }
        return number
    }

    private func isBad(_ number: Int) -> Bool { number % 19 == 0 }

    private func numbers(_ batch: DeliveryBatch) -> [Int] {
        var numbers: [Int] = []
        batch.forEach { body in
            numbers.append(Self.number(body))
        }
        return numbers
    }

    /// Every second event arrives, bad ones are named, the rest is for later.
    private func halved(_ sent: [Int], _ bad: [Int]) -> DeliveryOutcome {
        var verdicts = DeliveryVerdicts()
        for place in sent.indices where !bad.contains(place) && place % 2 == 0 { verdicts.delivered.insert(place) }
        for place in bad { verdicts.refused[place] = "bad" }
        verdicts.rest = .retry("half", after: nil)
        return .partial(verdicts)
    }

    private func upload(_ destination: Int, _ answer: Operation.Answer, _ dies: Bool) throws {
        guard machines[destination].nextAttempt <= time.boot else { return }
        let outbox = Outbox(gate: gate, destination: Int64(destination))
        var limits = Self.batch
        if let limit = machines[destination].batchLimit { limits.events = max(min(limits.events, limit), 1) }
        guard let batch = try outbox.nextBatch(after: machines[destination].cursor, limits: limits) else { return }
        var clocks = ClockStateMachine(notBefore: clock.notBefore)
        let frozen = try outbox.freeze(
            batch, marks: true, limits: limits,
            stamp: ClockStamp(bootID: clock.bootID, wall: clock.wall(), bootNanoseconds: clock.boot()), clocks: &clocks)
        guard frozen.need == .nothing else { return }
        let sent = numbers(frozen.batch)
        let expected = model.queued[destination].map(\.number)
        guard expected.contains(sent) else {
            throw Difference(description: "sent \(sent) of \(expected)")
        }
        let bad = sent.indices.filter { isBad(sent[$0]) }
        let outcome: DeliveryOutcome =
            switch answer {
            case .judges: bad.isEmpty ? .accepted : .refused("bad")
            case .names:
                bad.isEmpty ? .accepted : .refusedEvents(Dictionary(uniqueKeysWithValues: bad.map { ($0, "bad") }))
            case .halves: halved(sent, bad)
            case .isBusy: .retry("busy", after: nil)
            case .isWrong: .blocked("wrong")
            case .refusesAll: .refused("all")
            }
        var arrived = outcome == .accepted ? sent : []
        if case .partial(let verdicts) = outcome { arrived = verdicts.delivered.sorted().map { sent[$0] } }
        if !arrived.isEmpty {
            let again = Set(arrived).intersection(model.delivered[destination])
            guard again.isSubset(of: mayRepeat[destination]) else {
                throw Difference(description: "\(again.sorted()) came twice")
            }
        }
        if dies {
            mayRepeat[destination].formUnion(arrived)
            model.delivered[destination] += arrived
            return try restart()
        }
        let action = machines[destination].finished(outcome, ids: frozen.batch.ids, at: time.boot, random: &random)
        let record = RetryRecord(machines[destination], now: time.boot, wall: Timestamp(milliseconds: time.wall))
        let named = Dictionary(uniqueKeysWithValues: zip(frozen.batch.ids, sent))
        let earlier = try letters(action, outbox, named)
        _ = try outbox.settle(
            action, frozen.batch, error: "bad", retry: record.text, now: Timestamp(milliseconds: time.wall))
        settle(action, destination, sent, earlier, named)
    }

    /// The numbers of the dead letters of an action, which may lie before the batch.
    private func letters(
        _ action: RetryStateMachine.Action, _ outbox: Outbox, _ named: [Int64: Int]
    ) throws -> [Int] {
        let ids: [Int64] =
            switch action {
            case .delivered(let ids), .deadLetter(let ids): ids
            case .settled(let settled): Array(settled.deadLetters.keys)
            case .keep: []
            }
        return try gate.withStore { (store) throws(StoreError) in
            var numbers: [Int] = []
            for id in ids {
                if let number = named[id] {
                    numbers.append(number)
                } else if try store.events.contains(id) {
                    try store.events.forEach(for: outbox.destination, after: id - 1, limit: 1) { _, body in
                        numbers.append(Self.number(body))
                        return true
                    }
                }
            }
            return numbers
        }
    }

    private func settle(
        _ action: RetryStateMachine.Action, _ destination: Int, _ sent: [Int], _ letters: [Int],
        _ named: [Int64: Int]
    ) {
        switch action {
        case .delivered:
            model.deliver(sent.filter { !letters.contains($0) }, upTo: sent.last, to: destination)
            model.bury(letters, of: destination)
        case .deadLetter:
            model.deliver([], upTo: sent.last, to: destination)
            model.bury(letters, of: destination)
        case .settled(let settled):
            model.bury(letters, of: destination)
            model.deliverSingly(settled.delivered.compactMap { named[$0] }, to: destination)
        case .keep: break
        }
    }

    private func changeLetters(
        _ body: (Store, DestinationTable.DeadLetter) throws(StoreError) -> Void, then change: (inout Model) -> Void
    ) throws {
        try gate.withStore { (store) throws(StoreError) in
            try store.transaction { (_) throws(StoreError) in
                for letter in try store.destinations.deadLetters() { try body(store, letter) }
            }
        }
        change(&model)
    }

    // MARK: - Comparing

    private func compare() throws {
        let difference: String? = try gate.withStore { (store) throws(StoreError) in
            let rows = try store.counters.value(CounterTable.rows)
            let counted = try store.connection.integer("SELECT count(*) FROM event")
            guard rows == counted else { return "\(rows) rows are counted, \(counted) are there" }
            for row in try store.destinations.all() {
                let destination = Int(row.id)
                var waiting: [Int] = []
                try store.events.forEach(for: row.id, after: row.position, limit: 10_000) { _, body in
                    waiting.append(Self.number(body))
                    return true
                }
                let expected = model.queued[destination].map(\.number)
                guard waiting == expected else { return "\(row.name) has \(waiting), it should be \(expected)" }
                guard row.queued == Int64(waiting.count) else { return "the law: \(row), \(waiting.count) wait" }
                let letters = try store.connection.integer(
                    "SELECT count(*) FROM exception WHERE destination = \(row.id) AND kind = 1")
                guard letters == row.deadLettered else { return "\(letters) letters, \(row.deadLettered) counted" }
                // The bound on dead letters may have removed some.
                guard letters <= Int64(model.dead[destination].count) else { return "\(letters) letters too many" }
            }
            return nil
        }
        if let difference { throw Difference(description: difference) }
        try forgetBoundedLetters()
    }

    /// The store keeps a tenth of dead letters at most: the model follows.
    private func forgetBoundedLetters() throws {
        let kept = try gate.withStore { (store) throws(StoreError) in try store.destinations.deadLetters() }
        for destination in model.dead.indices {
            let count = kept.count { $0.destination == Int64(destination) }
            model.dead[destination].removeFirst(max(model.dead[destination].count - count, 0))
        }
    }

    /// Everything can be delivered in the end.
    func finish() throws {
        for _ in 0..<400 {
            time.boot += 4_000_000_000_000
            for destination in machines.indices { try upload(destination, .names, false) }
            if model.queued.allSatisfy(\.isEmpty) { return try compare() }
        }
        throw Difference(description: "\(model.queued.map(\.count)) are never delivered")
    }
}
