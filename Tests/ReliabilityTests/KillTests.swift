// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// The event of every call that returned survives kill -9, and arrives once.
    @Suite struct KillTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        /// One run adopts the spools that are left and delivers every event.
        private func deliverAll(_ server: Server, _ more: [String] = []) throws {
            let ending = try ChildProcess.run(["deliver", state, server.segment] + more)
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("queued") == "0", "\(ending.output)")
            #expect(try folder.names(in: "state/spool").isEmpty, "adopted spools are removed")
            #expect(try lawHolds(folder("state")))
        }

        @Test func losesAndDoublesNothingWhenItDiesAfterTheLastCall() throws {
            let server = try Server(folder)
            let runs = Reliability.count(short: 50, long: 1_000)
            // A store holds 200,000 events.
            for begin in stride(from: 0, to: runs, by: 100) {
                let some = begin..<min(begin + 100, runs)
                for run in some {
                    let ending = try ChildProcess.run(["kill", state, server.segment, "delivers=0", "run=\(run)"])
                    #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
                }
                try deliverAll(server)
            }
            let tally = try server.tally(Dictionary(uniqueKeysWithValues: (0..<runs).map { ("\($0)", 1_000) }))
            #expect(tally.isWhole, "\(tally)")
            #expect(tally.once == runs * 1_000)
            Reliability.note(
                "1 kill -9 after the call", tried: runs, held: tally.isWhole ? runs : 0,
                worst: "\(tally.lost.count) lost, \(tally.doubled.count) doubled of \(runs * 1_000)")
        }

        @Test func keepsWhatIsOnlyInTheSpool() throws {
            let server = try Server(folder)
            // Two only: a third process would die a second time in the plugin at the first event, which is then held.
            for run in 0..<2 {
                let ending = try ChildProcess.run(
                    ["kill", state, server.segment, "delivers=0", "hold", "run=\(run)", "count=10000"])
                #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
            }
            try deliverAll(server)
            let tally = try server.tally(Dictionary(uniqueKeysWithValues: (0..<2).map { ("\($0)", 10_000) }))
            #expect(tally.isWhole, "\(tally)")
            // They go through the plugins of the run that adopts them.
            let events = try server.lines.filter { $0.contains(#""event":"Counted""#) }
            #expect(events.count == 20_000 && events.allSatisfy { $0.contains(#""session_id":"#) })
            let order = try server.messageIds.filter { $0.count < 10 }
            #expect(order == (0..<2).flatMap { ids("\($0)", 10_000) }, "the oldest run first")
        }

        @Test func keepsWhatWasTrackedWhileTheSpoolSwitchesItsFiles() throws {
            var random = SplitMix64()
            let server = try Server(folder)
            var calls = Calls()
            for run in 0..<20 {
                // Around call 100, which wakes the pipeline, and later.
                let at = [0, 1, 50, 99, 100, 101, 150, 250, 999, 1_000][run % 10] + run / 10
                let ending = try ChildProcess.run(
                    [
                        "kill", state, server.segment, "delivers=0", "run=\(run)", "count=3000", "dieAt=\(at)",
                        "note=\(folder("note"))",
                    ])
                #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
                try calls.note(run, of: 3_000, folder("note"))
                if run.isMultiple(of: 4) { try killAnAdopter(after: Int.random(in: 0..<30_000, using: &random)) }
            }
            try deliverAll(server)
            try expectEachOnce(server, calls, random.seed)
        }

        @Test func keepsWhatWasTrackedWhenItDiesAtAnyMoment() throws {
            var random = SplitMix64()
            let server = try Server(folder)
            var calls = Calls()
            let runs = Reliability.count(short: 30, long: 1_000)
            for run in 0..<runs {
                // A store holds 200,000 events.
                if run > 0, run.isMultiple(of: 30) { try deliverAll(server) }
                let ending = try ChildProcess.run(
                    [
                        "kill", state, server.segment, "delivers=0", "run=\(run)", "count=1000000",
                        "killAfter=\(Int.random(in: 0..<100_000, using: &random))", "note=\(folder("note"))",
                    ])
                #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
                try calls.note(run, of: 1_000_000, folder("note"))
                if run % 3 == 2 { try killAnAdopter(after: Int.random(in: 0..<60_000, using: &random)) }
            }
            try deliverAll(server)
            let tally = try expectEachOnce(server, calls, random.seed)
            Reliability.note(
                "1 kill -9 at any moment", tried: runs, held: tally.isWhole ? runs : 0,
                worst: "\(tally.lost.count) lost, \(tally.doubled.count) doubled of \(tally.expected)")
        }

        /// The calls of runs that were killed.
        private struct Calls {
            /// By run, how many calls returned: each of them must be there.
            private(set) var returned: [String: Int] = [:]
            /// The call of a run that was under way when it died: it may be there.
            private(set) var underWay: Set<String> = []

            /// - Parameter note: Where the run left how many of its `count` calls returned.
            mutating func note(_ run: Int, of count: Int, _ note: String) throws {
                let number = try notedNumber(note)
                unlink(note)
                returned["\(run)"] = number
                if number < count { underWay.insert("\(run)-\(number)") }
            }
        }

        private func killAnAdopter(after microseconds: Int) throws {
            let ending = try ChildProcess.run(["adopt", state, "delivers=0", "killAfter=\(microseconds)"])
            #expect(ending.signal == SIGKILL || ending.isClean, "\(ending)")
        }

        @discardableResult
        private func expectEachOnce(_ server: Server, _ calls: Calls, _ seed: UInt64) throws -> Tally {
            let tally = try server.tally(calls.returned, possible: calls.underWay)
            #expect(tally.isWhole, "seed \(seed): \(tally)")
            #expect(tally.unknown.isEmpty, "seed \(seed): \(tally.unknown.prefix(5))")
            return tally
        }

        @Test(arguments: [[], ["hold"]]) func keepsTheIdentity(_ how: [String]) throws {
            let server = try Server(folder)
            let killed = try ChildProcess.run(["identify", state, "delivers=0", "user=visitor-42"] + how)
            #expect(killed.signal == SIGKILL)
            let anonymousId = try #require(killed.value("anonymousId"))
            try deliverAll(server, ["count=3"])
            let events = try server.lines.filter { $0.contains(#""deliver-"#) }
            #expect(events.count == 3)
            for event in events {
                #expect(event.contains(#""userId":"visitor-42""#), "\(event)")
                #expect(event.contains(#""anonymousId":"\#(anonymousId)""#), "\(event)")
            }
        }

        @Test(arguments: [[], ["hold"]]) func keepsAReset(_ how: [String]) throws {
            let server = try Server(folder)
            let named = try ChildProcess.run(["identify", state, "delivers=0", "earlier"])
            let killed = try ChildProcess.run(["identify", state, "delivers=0", "reset"] + how)
            #expect(named.signal == SIGKILL && killed.signal == SIGKILL)
            let anonymousId = try #require(killed.value("anonymousId"))
            #expect(anonymousId != named.value("anonymousId"))
            try deliverAll(server, ["count=3"])
            let events = try server.lines.filter { $0.contains(#""deliver-"#) }
            #expect(events.count == 3)
            for event in events {
                #expect(!event.contains(#""userId""#), "\(event)")
                #expect(event.contains(#""anonymousId":"\#(anonymousId)""#), "\(event)")
            }
        }
    }
}
