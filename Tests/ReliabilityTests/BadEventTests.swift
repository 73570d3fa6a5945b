// SPDX-License-Identifier: MIT
import Footfall
import FootfallCollector
import FootfallStore
import TestSupport
import Testing

extension Reliability {
    /// An event that a server always refuses costs a few requests, and no other event is lost.
    @Suite struct BadEventTests {
        let folder = TemporaryDirectory()

        /// What `footfall dead-letters --json` says, a line each.
        private func deadLetters(_ state: String) throws -> [Substring] {
            let command = ChildProcess.command
            let ending = try ChildProcess.run(["dead-letters", "--json", "--state-dir", state], program: command)
            #expect(ending.isClean, "\(ending)")
            return ending.output.split(separator: "\n")
        }

        /// Delivers a thousand events, and one more that shows the client that a server which
        /// refused the last of them accepts others. Gives how many requests that took.
        private func deliver(_ name: String, _ change: (inout CollectorConfiguration) -> Void) throws -> (
            ledger: [String: Int], requests: Int
        ) {
            var configuration = CollectorConfiguration()
            configuration.keepsLedger = true
            change(&configuration)
            let collector = try Collector(configuration)
            defer { collector.stop() }
            let host = try ChildProcess.obeying([
                "state=\(folder(name))", "segment=\(collector.url)/v1/b", "flushAt=1000000",
            ])
            _ = try host.ask("track r 1000 0 0", "tracked")
            _ = try host.ask("store 10", "stored")
            _ = try host.ask("flush 60000", "flushed", atMost: .seconds(100))
            _ = try host.ask("track more 1 0 0", "tracked")
            _ = try host.ask("store 10", "stored")
            #expect(try host.ask("flush 60000", "flushed", atMost: .seconds(100)) == "0")
            host.expectOrderlyEnd()
            #expect(try lawHolds(folder(name)))
            return (collector.ledger, collector.statistics.requests)
        }

        @Test(arguments: [400, 413]) func oneBadEventOfAThousandCostsTwelveRequestsAtMost(_ status: Int) throws {
            let plain = try deliver("plain") { _ in }
            #expect(plain.ledger.count == 1_002, "with the session's start")
            var most = 0
            var held = 0
            let places = Reliability.count(short: 3, long: 100)
            for place in 0..<places {
                let bad = "r-\(place * 999 / (places - 1))"
                let text = Array("\"messageId\":\"\(bad)\"".utf8)
                let (ledger, requests) = try deliver(bad) {
                    $0.refuses = { event in event.contains(text) }
                    $0.refusalStatus = status
                }
                let extra = requests - plain.requests
                let others = ids("r", 1_000).filter { $0 != bad }
                let letters = try deadLetters(folder(bad))
                #expect(ledger[bad] == nil && others.allSatisfy { ledger[$0] == 1 }, "\(bad): the others, once each")
                #expect(letters.count == 1 && letters[0].contains("\(status)"), "\(bad): \(letters)")
                #expect(extra <= 12, "\(bad): \(extra) more than \(plain.requests)")
                most = max(most, extra)
                if letters.count == 1, extra <= 12, others.allSatisfy({ ledger[$0] == 1 }) { held += 1 }
                TemporaryDirectory.remove(folder(bad))
            }
            Reliability.note(
                "11 one bad event, \(status)", tried: places, held: held,
                worst: "\(most) requests more than \(plain.requests)")
        }
    }
}
