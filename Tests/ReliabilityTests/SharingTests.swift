// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallCollector
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// Many processes write into one store, and one of them uploads.
    @Suite struct SharingTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        private func collect(_ onEvents: @escaping @Sendable (Int) -> Void = { _ in }) throws -> Collector {
            var configuration = CollectorConfiguration()
            configuration.keepsLedger = true
            configuration.validatesEvents = false
            return try Collector(configuration) { onEvents($0.count) }
        }

        @Test func eightProcessesDeliverEachEventOnce() throws {
            let collector = try collect()
            defer { collector.stop() }
            let count = Reliability.count(short: 500, long: 10_000)
            let segment = "segment=\(collector.url)/v1/b"
            let hosts = try (0..<8).map { number in
                let host = try ChildProcess([
                    "deliver", state, segment, "run=p\(number)", "count=\(count)", "flushAt=100", "wait=100000",
                ])
                host.endInput()
                return host
            }
            for host in hosts {
                let ending = host.wait(atMost: .seconds(300))
                #expect(ending.isClean && ending.value("closed") == "true", "\(ending)")
                #expect(ending.value("error") == nil, "\(ending.output)")
            }
            let rest = try ChildProcess.run(["deliver", state, segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let ledger = collector.ledger
            let expected = (0..<8).flatMap { ids("p\($0)", count) }
            let once = expected.count { ledger[$0] == 1 }
            #expect(once == 8 * count, "\(8 * count - once) lost or doubled")
            #expect(try lawHolds(folder("state")))
            Reliability.note(
                "20 eight processes", tried: 8 * count, held: once,
                worst: "\(ledger.values.max() ?? 0) times at most, \(collector.statistics.requests) requests")
        }

        @Test func anotherTakesOverFromAnUploaderThatIsKilled() throws {
            let runs = Reliability.count(short: 2, long: 100)
            var slowest = Duration.zero
            var most = 0
            var held = 0
            for run in 0..<runs {
                let state = "state=\(folder("state\(run)"))"
                let arrived = Guarded(0)
                let collector = try collect { count in arrived.read { $0 += count } }
                defer { collector.stop() }
                let arguments = [
                    "obey", state, "segment=\(collector.url)/v1/b", "flushAt=10", "interval=100",
                ]
                let first = try ChildProcess(arguments)
                _ = try #require(first.line())
                _ = try first.ask("begin a 400 100", "begun")
                #expect(poll(atMost: .seconds(10)) { arrived.current > 20 }, "it uploads")
                let second = try ChildProcess(arguments)
                _ = try #require(second.line())
                _ = try second.ask("begin b 100 100", "begun")
                #expect(poll(atMost: .seconds(10)) { collector.ledger.keys.contains { $0.hasPrefix("b-") } })
                kill(first.id, SIGKILL)
                _ = first.wait(atMost: .seconds(60))
                let begin = ftf_boot_nanoseconds()
                let before = arrived.current
                #expect(poll(atMost: .seconds(60)) { arrived.current > before + 20 }, "another takes over")
                slowest = max(slowest, .nanoseconds(ftf_boot_nanoseconds() - begin))
                let halted = try second.ask("halt", "halted").split(separator: " ").first.flatMap { Int($0) } ?? 0
                second.expectOrderlyEnd()
                let rest = try ChildProcess.run(["deliver", state, "segment=\(collector.url)/v1/b"])
                #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")

                let ledger = collector.ledger
                let isWhole = ids("b", halted).allSatisfy { ledger[$0] != nil }
                #expect(isWhole, "none of the living is lost")
                let known = ledger.keys.filter { $0.hasPrefix("a-") }.count
                #expect(ids("a", known).allSatisfy { ledger[$0] != nil }, "none of the dead, up to its last")
                let repeated = ledger.values.reduce(0) { $0 + $1 - 1 }
                #expect(repeated <= 500, "one batch at most came again: \(repeated)")
                most = max(most, repeated)
                if isWhole, repeated <= 500 { held += 1 }
                #expect(try lawHolds(folder("state\(run)")))
                TemporaryDirectory.remove(folder("state\(run)"))
            }
            Reliability.note(
                "21 uploader killed", tried: runs, held: held,
                worst: "taken over after \(slowest.nanoseconds / 1_000_000) ms, \(most) events repeated")
        }
    }
}
