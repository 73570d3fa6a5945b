// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// What a plugin keeps and the events that it saw agree, whenever the process dies.
    @Suite struct PluginStorageTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        @Test func valuesAndEventsAgreeAfterAKillAtAnyMoment() throws {
            var random = SplitMix64()
            let server = try Server(folder)
            let runs = Reliability.count(short: 15, long: 300)
            for run in 0..<runs {
                let ending = try ChildProcess.run(
                    [
                        "kill", state, server.segment, "delivers=0", "numbered", "run=\(run)", "count=1000000",
                        "killAfter=\(Int.random(in: 0..<60_000, using: &random))",
                    ])
                #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
            }
            let ending = try ChildProcess.run(["deliver", state, server.segment, "numbered", "run=last", "count=10"])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending)")
            let numbers = try server.lines.compactMap { line in
                try JSONParser.parse(String(line)).objectValue?["properties"]?.objectValue?["number"]?.intValue
            }
            #expect(numbers.count > runs)
            #expect(numbers == Array(1...Int64(numbers.count)), "seed \(random.seed): each number once, in order")
        }
    }
}
