// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallCollector
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A host may die after the server took a batch and before the answer is stored: that
    /// batch comes again, and no other.
    @Suite struct RepeatTests {
        let folder = TemporaryDirectory()

        @Test func repeatsAtMostTheBatchUnderWayWhenItIsKilled() throws {
            let victim = Victim()
            var configuration = CollectorConfiguration()
            configuration.keepsLedger = true
            configuration.validatesEvents = false
            let collector = try Collector(configuration) { victim.took($0.count) }
            defer { collector.stop() }
            let runs = Reliability.count(short: 12, long: 500)
            var random = SplitMix64(seed: 3)
            var expected: [String] = []
            var allowed = 0
            let arguments = [
                "deliver", "state=\(folder("state"))", "segment=\(collector.url)/v1/b", "wait=20000",
            ]
            func deliverAll() throws {
                victim.spare()
                let last = try ChildProcess.run(arguments + ["wait=50000"])
                #expect(last.isClean && last.value("queued") == "0", "\(last.output)")
            }
            for run in 0..<runs {
                // A store holds 200,000 events, and each run leaves some of its own.
                if run > 0, run.isMultiple(of: 100) { try deliverAll() }
                let host = try ChildProcess(arguments + ["run=\(run)", "count=1200"])
                expected += ids("\(run)", 1_200)
                victim.choose(
                    host.id, batch: Int.random(in: 1...3, using: &random),
                    microseconds: Int.random(in: 0...3_000, using: &random))
                host.endInput()
                let ending = host.wait(atMost: .seconds(60))
                // A host that was quicker than the signal ended in order.
                #expect(ending.signal == SIGKILL || ending.isClean, "\(ending)")
                if ending.signal == SIGKILL { allowed += victim.size }
            }
            try deliverAll()
            let ledger = collector.ledger
            let lost = expected.filter { ledger[$0] == nil }
            #expect(lost.isEmpty, "\(lost.count) lost: \(lost.prefix(5))")
            let repeated = ledger.values.reduce(0) { $0 + $1 - 1 }
            #expect(repeated <= allowed, "\(repeated) came again, \(allowed) were under way")
            // The same batch is under way again when the next host is killed as well.
            let most = ledger.values.max() ?? 0
            #expect(try lawHolds(folder("state")))
            Reliability.note(
                "7 kill after the 200", tried: runs, held: lost.isEmpty && repeated <= allowed ? runs : 0,
                worst: "\(lost.count) lost, \(repeated) of \(expected.count) repeated (at most \(allowed) may), "
                    + "one \(most) times")
        }
    }
}

/// Kills a host a moment after the server took one of its batches.
private final class Victim: @unchecked Sendable {
    private let lock = Lock()
    private var chosen: (id: pid_t, batch: Int, microseconds: Int)?
    private var taken = 0
    private var killed = 0

    /// How many events were in the batch that is taken as delivered by the server alone.
    var size: Int { lock.withLock { killed } }

    func spare() { lock.withLock { chosen = nil } }

    func choose(_ id: pid_t, batch: Int, microseconds: Int) {
        lock.withLock {
            chosen = (id, batch, microseconds)
            (taken, killed) = (0, 0)
        }
    }

    func took(_ count: Int) {
        let now: (id: pid_t, microseconds: Int)? = lock.withLock {
            guard let chosen else { return nil }
            taken += 1
            // Batches that come before the host is dead may come again as well.
            guard taken >= chosen.batch else { return nil }
            killed = max(killed, count)
            guard taken == chosen.batch else { return nil }
            return (chosen.id, chosen.microseconds)
        }
        guard let now else { return }
        if now.microseconds < 500 {
            // Before the answer.
            kill(now.id, SIGKILL)
        } else {
            let call = Unmanaged.passRetained(Call(now.id, now.microseconds - 500)).toOpaque()
            if ftf_thread_start("killer", killLater, call) != 0 { Unmanaged<Call>.fromOpaque(call).release() }
        }
    }
}

private final class Call {
    let id: pid_t
    let microseconds: Int

    init(_ id: pid_t, _ microseconds: Int) {
        self.id = id
        self.microseconds = microseconds
    }
}

private func killLater(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    let call = Unmanaged<Call>.fromOpaque(argument).takeRetainedValue()
    // Around the answer, and while the host stores it.
    letPass(.microseconds(call.microseconds))
    kill(call.id, SIGKILL)
}
