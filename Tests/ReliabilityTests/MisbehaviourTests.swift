// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallCollector
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// An answer that is no success is never taken for one: the events stay, `status` says
    /// why, and each arrives once when the server is well again.
    @Suite struct MisbehaviourTests {
        let folder = TemporaryDirectory()

        /// A collector whose answer a test changes.
        private final class ChangingServer {
            let collector: Collector
            private let current: Guarded<CollectorAnswer>

            init(_ answer: CollectorAnswer) throws {
                let current = Guarded(answer)
                self.current = current
                var configuration = CollectorConfiguration()
                configuration.keepsLedger = true
                configuration.answer = { _, _ in current.current }
                collector = try Collector(configuration)
            }

            deinit { collector.stop() }

            func become(_ answer: CollectorAnswer) { current.read { $0 = answer } }
            var segment: String { "segment=\(collector.url)/v1/b" }
        }

        private func host(_ server: ChangingServer, _ more: [String] = []) throws -> ChildProcess {
            let host = try ChildProcess.obeying(["state=\(folder("state"))", server.segment] + more)
            return host
        }

        /// What `footfall status --json` says of the one destination.
        private func status() throws -> (state: String, lastError: String, queued: Int64) {
            let command = ChildProcess.command
            let ending = try ChildProcess.run(["status", "--json", "--state-dir", folder("state")], program: command)
            let row = try JSONParser.parse(ending.output).objectValue?["destinations"]?.arrayValue?.first?.objectValue
            return (
                row?["state"]?.stringValue ?? "?", row?["lastError"]?.stringValue ?? "", row?["queued"]?.intValue ?? -1
            )
        }

        private func end(_ host: ChildProcess) {
            host.expectOrderlyEnd()
        }

        private static let answers: [(name: String, answer: CollectorAnswer, state: String)] = [
            ("portal", .portal, "blocked"), ("redirect", .redirect(to: "http://127.0.0.1:9/login"), "blocked"),
            ("wrong shape", .wrongShape, "blocked"), ("no content", .status(204), "blocked"),
            ("no JSON", .status(200, body: "{\"success\":tru"), "blocked"),
            ("middle", .closeInTheMiddle(), "waiting"), ("no answer", .closeWithoutAnswer, "waiting"),
            ("busy", .status(503, headers: [("Retry-After", "1")]), "waiting"),
            ("huge", .huge(bytes: 100 << 20), "blocked"),
        ]

        @Test(arguments: 0..<9) func takesNoOtherAnswerForSuccess(_ number: Int) throws {
            let (name, answer, state) = Self.answers[number]
            // A first delivery loads libcurl.
            let server = try ChangingServer(.accept)
            let host = try host(server)
            _ = try host.ask("track warm 1 0 0", "tracked")
            #expect(try host.ask("flush 5000", "flushed") == "0")
            server.become(answer)
            _ = try host.ask("track m 20 0 0", "tracked")
            _ = try host.ask("store 10", "stored")
            let before = Int(try host.ask("memory", "memory")) ?? 0
            let begin = ftf_boot_nanoseconds()
            let queued = try host.ask("flush 400", "flushed")
            let took = Duration.nanoseconds(ftf_boot_nanoseconds() - begin)
            #expect(queued == "20", "\(name)")
            let grown = (Int(try host.ask("memory", "memory")) ?? 0) - before
            #expect(grown < 4 << 10, "\(name): \(grown) KiB more")
            #expect(server.collector.ledger.count == 2, "the first event and the session's start")
            let seen = try status()
            #expect(seen.state == state && !seen.lastError.isEmpty && seen.queued == 20, "\(name): \(seen)")

            server.become(.accept)
            let isDelivered = try poll(atMost: .seconds(10)) { try host.ask("flush 2000", "flushed") == "0" }
            #expect(isDelivered, "\(name): the server is well again")
            let ledger = server.collector.ledger
            #expect(ids("m", 20).allSatisfy { ledger[$0] == 1 } && ledger.count == 22, "\(name): each once")
            #expect(try status().state == "ready")
            #expect(try lawHolds(folder("state")))
            end(host)
            Reliability.note(
                "12 \(name)", tried: 20, held: ids("m", 20).count { ledger[$0] == 1 },
                worst: "\(took.nanoseconds / 1_000_000) ms, \(grown) KiB")
        }

        /// A server that wants a fleet to be quiet says so, with a time.
        @Test func isQuietForAsLongAsTheServerSaysAndThenGoesOnByItself() throws {
            let server = try ChangingServer(.status(429, headers: [("Retry-After", "3")]))
            let first = try host(server)
            _ = try first.ask("track q 20 0 0", "tracked")
            let begin = ftf_boot_nanoseconds()
            _ = try first.ask("flush 200", "flushed")
            #expect(server.collector.statistics.requests == 1)
            // Neither a flush nor a new process asks sooner.
            for _ in 0..<3 { #expect(try first.ask("flush 100", "flushed") == "21") }
            end(first)
            let second = try host(server, ["interval=50"])
            #expect(try second.ask("flush 100", "flushed") == "21")
            #expect(server.collector.statistics.requests == 1)
            server.become(.accept)
            #expect(poll(atMost: .seconds(20)) { ids("q", 20).allSatisfy { server.collector.ledger[$0] == 1 } })
            let took = Duration.nanoseconds(ftf_boot_nanoseconds() - begin)
            #expect(took >= .seconds(3), "\(took)")
            end(second)
            Reliability.note(
                "27 told to be quiet for 3 s", tried: 1, held: took >= .seconds(3) ? 1 : 0,
                worst: "goes on after \(took.nanoseconds / 1_000_000) ms")
        }

        @Test(arguments: [true, false]) func doesNotWaitForAServerThatStalls(_ isSilent: Bool) throws {
            let server = try ChangingServer(isSilent ? .neverAnswer : .slowly(bytesPerSecond: 1))
            let host = try host(server)
            _ = try host.ask("track s 20 0 0", "tracked")
            let begin = ftf_boot_nanoseconds()
            // A flush that waited for the server would have no answer within the limit of `ask`.
            #expect(try host.ask("flush 500", "flushed") == "21")
            let took = Duration.nanoseconds(ftf_boot_nanoseconds() - begin)
            #expect(took >= .milliseconds(500), "\(took)")
            #expect(server.collector.ledger.isEmpty)
            // What is tracked meanwhile does not wait either.
            _ = try host.ask("track t 20 0 0", "tracked")
            end(host)
            server.become(.accept)
            let rest = try ChildProcess.run(["deliver", "state=\(folder("state"))", server.segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let ledger = server.collector.ledger
            #expect((ids("s", 20) + ids("t", 20)).allSatisfy { ledger[$0] == 1 }, "each once")
        }

        /// Only in the long form: the limit is 30 seconds.
        @Test(.enabled(if: isSoak, "it takes half a minute; make soak runs it"), arguments: [0, 1, 50])
        func givesUpARequestThatStalls(_ bytesPerSecond: Int) throws {
            let body = String(repeating: " ", count: 10_000)
            let server = try ChangingServer(
                bytesPerSecond == 0 ? .neverAnswer : .slowly(bytesPerSecond: bytesPerSecond, body: body))
            let host = try host(server)
            _ = try host.ask("track s 20 0 0", "tracked")
            _ = try host.ask("flush 500", "flushed")
            let begin = ftf_boot_nanoseconds()
            var seen = try status()
            let isGivenUp = try poll(atMost: .seconds(60)) {
                letPass(.milliseconds(200))
                seen = try status()
                return !seen.lastError.isEmpty
            }
            let took = Duration.nanoseconds(ftf_boot_nanoseconds() - begin)
            #expect(isGivenUp, "\(took)")
            #expect(seen.queued == 21 && seen.state == "waiting", "\(seen)")
            end(host)
            Reliability.note(
                "17 stalled, \(bytesPerSecond) B/s", tried: 1, held: isGivenUp ? 1 : 0,
                worst: "given up after \(took.nanoseconds / 1_000_000) ms: \(seen.lastError)")
        }
    }
}
