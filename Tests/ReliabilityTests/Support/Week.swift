// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import FootfallStore
import TestSupport
import Testing

/// Seven simulated days in which a host, its server, its disk and its clock have
/// the faults that a seed says, and an hour or more to recover.
final class Week {
    /// What happened.
    struct Figures: Sendable {
        var called = 0
        var kills = 0
        var steps = 0
        var fills = 0
        var repeatedBatches = 0
        var dropped: Int64 = 0
        var difference: Int64 = 0

        mutating func add(_ other: Figures) {
            called += other.called
            kills += other.kills
            steps += other.steps
            fills += other.fills
            repeatedBatches += other.repeatedBatches
            dropped += other.dropped
            difference += abs(other.difference)
        }
    }

    private let folder = TemporaryDirectory()
    private let disk: SmallDisk
    private let server: FaultyServer
    private let host: SimulatedHost
    private var random: SplitMix64
    private(set) var figures = Figures()
    private var called = 0
    /// Nothing is known of what was called from here on.
    private var stored = 0
    /// What a host said is stored.
    private var safe: Set<String> = []
    private var isFull = false
    /// What was called on a full disk may be in the memory of the host alone.
    private var isOnlyInMemory = false
    private var isSilent = false
    /// Seconds that the clock is wrong.
    private var wrong = 0

    private var state: String { "\(disk.path)/state" }
    private var patience: Int { isSilent ? 20 : 5_000 }

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        disk = try #require(SmallDisk(folder("disk"), kilobytes: 65_536))
        server = try FaultyServer()
        host = try SimulatedHost([
            "state=\(disk.path)/state", server.segment, server.webhook, "flushAt=20", "interval=60000",
        ])
    }

    private func happens(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    func live() throws {
        for _ in 0..<7 * 24 {
            if happens(35) { try changeServer() }
            if happens(6) { try changeClock() }
            if isFull ? happens(30) : happens(4) { changeDisk() }
            try track(Int.random(in: 1...20, using: &random), bytes: Int.random(in: 0...1_500, using: &random))
            if happens(8) { try die() } else { try pass(3_600) }
            // A host that ends in order while no server answers, or while the disk is full,
            // may have to repeat a batch. Here only a kill may.
            if happens(3), !isFull, !isSilent { try host.restart() }
        }
        try recover()
    }

    private func track(_ count: Int, bytes: Int) throws {
        try host.track("week", called, count, bytes: bytes)
        called += count
    }

    /// Time goes by; what was called before may be called stored then.
    private func pass(_ seconds: Int) throws {
        guard try host.advance(seconds, patience: patience) == true else { return }
        safe.formUnion((stored..<called).map { "week-\($0)" })
        stored = called
        isOnlyInMemory = isFull
    }

    private func changeServer() throws {
        let answers: [CollectorAnswer] = [
            .accept, .accept, .accept, .accept, .status(503), .status(503, headers: [("Retry-After", "1800")]),
            .status(429), .closeWithoutAnswer, .closeInTheMiddle(), .portal, .redirect(to: "http://127.0.0.1:9/login"),
            .neverAnswer,
        ]
        let chosen = Int.random(in: 0..<answers.count, using: &random)
        server.become(answers[chosen])
        // Requests that still wait for an answer are cut off.
        if isSilent { try server.restart() }
        isSilent = chosen == answers.count - 1
    }

    private func changeClock() throws {
        let year2038 = 2_147_483_648 - 1_764_000_000
        let step = wrong == 0 ? [-3_600, 86_400, year2038].randomElement(using: &random) ?? 0 : -wrong
        try host.step(step)
        wrong += step
        figures.steps += 1
    }

    private func changeDisk() {
        isFull.toggle()
        guard isFull else { return disk.free() }
        disk.fill(leaving: Int.random(in: 0...256, using: &random))
        isOnlyInMemory = true
        figures.fills += 1
    }

    private func die() throws {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: try host.kill()
        case 1: try host.kill(after: Int.random(in: 0...8_000, using: &random), of: 3_600)
        default:
            // Between the server's 200 and what it means for the host.
            server.killAtNextBatch(host.id)
            let isAlive = try host.advance(3_600, patience: patience) != nil
            server.killAtNextBatch(nil)
            if isAlive { return }
            try host.kill()
        }
        figures.kills += 1
        if isOnlyInMemory { stored = called }
    }

    /// The faults end, and time goes by until nothing is queued.
    private func recover() throws {
        disk.free()
        server.become(.accept)
        try server.restart()
        if wrong != 0 { try host.step(-wrong) }
        try pass(3_600)
        for _ in 0..<48 where try Ledger(state).queued > 0 { try pass(3_600) }
        try host.end()
    }

    /// Where the claim does not hold.
    func problems() throws -> [String] {
        let ledger = try Ledger(state)
        var problems: [String] = []
        func claim(_ holds: Bool, _ otherwise: @autoclosure () -> String) {
            if !holds { problems.append(otherwise()) }
        }
        claim(ledger.isWhole, "difference \(ledger.difference): \(ledger)")
        claim(ledger.queued == 0, "\(ledger.queued) queued")
        claim(try lawHolds(state), "the law")
        for (name, path) in [("segment", FaultyServer.segmentPath), ("webhook", FaultyServer.webhookPath)] {
            let taken = server.taken(path)
            let lost = safe.subtracting(taken.ids)
            claim(
                Int64(lost.count) <= ledger.lost[name] ?? 0,
                "\(path): \(lost.count) lost (\(lost.sorted().prefix(5))), \(ledger)")
            claim(
                ledger.delivered[name] == Int64(taken.ids.count),
                "\(path): \(taken.ids.count) came, \(ledger.delivered) delivered")
            claim(
                taken.repeatedBatches <= figures.kills,
                "\(path): \(taken.repeatedBatches) batches came again after \(figures.kills) kills")
            let numbers = taken.order.compactMap { $0.hasPrefix("week-") ? Int($0.dropFirst(5)) : nil }
            claim(numbers == numbers.sorted() && numbers.last ?? 0 < called, "\(path): not in order")
            figures.repeatedBatches += taken.repeatedBatches
        }
        figures.called = called
        figures.dropped = ledger.reasons.values.reduce(0, +)
        figures.difference = ledger.difference
        return problems
    }
}
