// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import Testing

extension Reliability {
    /// Every call that returned survives kill -9, once.
    @Suite struct KillTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        /// One run takes up what is left and delivers all there is.
        private func deliverAll(_ server: Server, _ more: [String] = []) throws {
            let ending = try HostProcess.run(["deliver", state, server.segment] + more)
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("queued") == "0", "\(ending.output)")
            #expect(folder.names(in: "state/spool").isEmpty, "what was taken up is removed")
            #expect(try lawHolds(folder("state")))
        }

        @Test func losesAndDoublesNothingWhenItDiesAfterTheLastCall() throws {
            let server = try Server(folder)
            let runs = Reliability.count(short: 50, long: 1_000)
            // A store holds 200,000 events.
            for begin in stride(from: 0, to: runs, by: 100) {
                let some = begin..<min(begin + 100, runs)
                for run in some {
                    let ending = try HostProcess.run(["kill", state, server.segment, "delivers=0", "run=\(run)"])
                    #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
                }
                try deliverAll(server)
            }
            let count = Count(expected: (0..<runs).flatMap { ids("\($0)", 1_000) }, found: server.messageIds)
            #expect(count.isWhole, "\(count)")
            #expect(count.once == runs * 1_000)
            Reliability.note(
                "1 kill -9 after the call", tried: runs, held: count.isWhole ? runs : 0,
                worst: "\(count.lost.count) lost, \(count.doubled.count) doubled of \(runs * 1_000)")
        }

        @Test func keepsWhatIsOnlyInTheSpool() throws {
            let server = try Server(folder)
            for run in 0..<4 {
                let ending = try HostProcess.run(
                    ["kill", state, server.segment, "delivers=0", "hold", "run=\(run)", "count=5000"])
                #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
            }
            try deliverAll(server)
            let count = Count(expected: (0..<4).flatMap { ids("\($0)", 5_000) }, found: server.messageIds)
            #expect(count.isWhole, "\(count)")
            // The run that takes them up lets them through its plugins.
            let events = server.lines.filter { $0.contains(#""event":"Counted""#) }
            #expect(events.count == 20_000 && events.allSatisfy { $0.contains(#""session_id":"#) })
            let order = server.messageIds.filter { $0.count < 10 }
            #expect(order == (0..<4).flatMap { ids("\($0)", 5_000) }, "the oldest run first")
        }

        @Test func keepsWhatWasTrackedWhileTheSpoolSwitchesItsFiles() throws {
            let server = try Server(folder)
            var expected: [String] = []
            var allowed: Set<String> = []
            for run in 0..<20 {
                // Around the first hundred, which wakes the pipeline, and later.
                let at = [0, 1, 50, 99, 100, 101, 150, 250, 999, 1_000][run % 10] + run / 10
                let ending = try HostProcess.run(
                    [
                        "kill", state, server.segment, "delivers=0", "run=\(run)", "count=3000", "dieAt=\(at)",
                        "note=\(folder("note"))",
                    ])
                #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
                try take(run, 3_000, &expected, &allowed)
                if run.isMultiple(of: 4) { try killAnAdopter(after: Int.random(in: 0..<30_000)) }
            }
            try deliverAll(server)
            try check(server, expected, allowed)
        }

        @Test func keepsWhatWasTrackedWhenItDiesAtAnyMoment() throws {
            let server = try Server(folder)
            var expected: [String] = []
            var allowed: Set<String> = []
            let runs = Reliability.count(short: 30, long: 1_000)
            for run in 0..<runs {
                // A store holds 200,000 events.
                if run > 0, run.isMultiple(of: 30) { try deliverAll(server) }
                let ending = try HostProcess.run(
                    [
                        "kill", state, server.segment, "delivers=0", "run=\(run)", "count=1000000",
                        "killAfter=\(Int.random(in: 0..<100_000))", "note=\(folder("note"))",
                    ])
                #expect(ending.signal == SIGKILL && !ending.isOverdue, "\(ending)")
                try take(run, 1_000_000, &expected, &allowed)
                if run % 3 == 2 { try killAnAdopter(after: Int.random(in: 0..<60_000)) }
            }
            try deliverAll(server)
            let count = try check(server, expected, allowed)
            Reliability.note(
                "1 kill -9 at any moment", tried: runs, held: count.isWhole ? runs : 0,
                worst: "\(count.lost.count) lost, \(count.doubled.count) doubled of \(expected.count)")
        }

        /// What returned must be there; the call under way may be.
        private func take(_ run: Int, _ count: Int, _ expected: inout [String], _ allowed: inout Set<String>) throws {
            var returned: Int64 = 0
            let bytes = (try? SmallFile.read(folder("note"))) ?? []
            if bytes.count == 8 { returned = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) } }
            unlink(folder("note"))
            expected += ids("\(run)", Int(returned))
            if returned < count { allowed.insert("\(run)-\(returned)") }
        }

        private func killAnAdopter(after microseconds: Int) throws {
            let ending = try HostProcess.run(["adopt", state, "delivers=0", "killAfter=\(microseconds)"])
            #expect(ending.signal == SIGKILL || ending.isClean, "\(ending)")
        }

        @discardableResult
        private func check(_ server: Server, _ expected: [String], _ allowed: Set<String>) throws -> Count {
            let found = server.messageIds
            let count = Count(expected: expected, found: found)
            #expect(count.isWhole, "\(count)")
            let known = Set(expected).union(allowed)
            // Session markers have ids of their own.
            let unknown = found.filter { $0.contains("-") && $0.count < 12 && !known.contains($0) }
            #expect(unknown.isEmpty, "\(unknown)")
            return count
        }

        @Test(arguments: [[], ["hold"]]) func keepsTheIdentity(_ how: [String]) throws {
            let server = try Server(folder)
            let killed = try HostProcess.run(["identify", state, "delivers=0", "user=visitor-42"] + how)
            #expect(killed.signal == SIGKILL)
            let anonymousId = try #require(killed.value("anonymousId"))
            try deliverAll(server, ["count=3"])
            let events = server.lines.filter { $0.contains(#""deliver-"#) }
            #expect(events.count == 3)
            for event in events {
                #expect(event.contains(#""userId":"visitor-42""#), "\(event)")
                #expect(event.contains(#""anonymousId":"\#(anonymousId)""#), "\(event)")
            }
        }

        @Test(arguments: [[], ["hold"]]) func keepsAReset(_ how: [String]) throws {
            let server = try Server(folder)
            let named = try HostProcess.run(["identify", state, "delivers=0", "earlier"])
            let killed = try HostProcess.run(["identify", state, "delivers=0", "reset"] + how)
            #expect(named.signal == SIGKILL && killed.signal == SIGKILL)
            let anonymousId = try #require(killed.value("anonymousId"))
            #expect(anonymousId != named.value("anonymousId"))
            try deliverAll(server, ["count=3"])
            let events = server.lines.filter { $0.contains(#""deliver-"#) }
            #expect(events.count == 3)
            for event in events {
                #expect(!event.contains(#""userId""#), "\(event)")
                #expect(event.contains(#""anonymousId":"\#(anonymousId)""#), "\(event)")
            }
        }
    }
}
