// SPDX-License-Identifier: MIT
import CReliability
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A process may die before any of the system calls that change its files.
    @Suite struct CrashPointTests {
        let folder = TemporaryDirectory()

        /// Runs a host that dies before its `nth` change; how many it made.
        private func run(_ arguments: [String], untilChange nth: Int) throws -> (changes: Int, isDead: Bool) {
            let words = CStrings([ChildProcess.host] + arguments)
            let trace = reliability_run_until(ChildProcess.host, words.pointers, Int32(nth), 20)
            try #require(trace.status >= 0, "it cannot be traced")
            let isDead = trace.status & 0x7F == SIGKILL
            #expect(isDead || trace.status == 0, "it ended with \(trace.status)")
            return (Int(trace.changes), isDead)
        }

        @Test func adoptionLosesAndDoublesNothingWhereverItDies() throws {
            let server = try Server(folder)
            var expected: [String: Int] = [:]
            var point = 1
            var isDead = true
            while isDead, point < 300 {
                let state = "state=\(folder("state"))"
                let killed = try ChildProcess.run(["kill", state, "delivers=0", "hold", "run=\(point)", "count=5"])
                #expect(killed.signal == SIGKILL)
                expected["\(point)"] = 5
                isDead = try run(["adopt", state, "delivers=0", server.segment], untilChange: point).isDead
                point += 1
            }
            #expect(!isDead, "the last one ended by itself")
            #expect(point > 10, "it changed \(point) times")
            // An event at which two processes were killed while a plugin saw it is set aside.
            let retry = try ChildProcess.run(
                ["dead-letters", "retry", "--state-dir", folder("state")], program: ChildProcess.command)
            #expect(retry.isClean, "\(retry)")
            let ending = try ChildProcess.run(["deliver", "state=\(folder("state"))", server.segment])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            let tally = try server.tally(expected)
            #expect(tally.isWhole, "\(tally)")
            #expect(try folder.names(in: "state/spool").isEmpty, "adopted spools are removed")
            let marks = try inspect(folder("state")) { try $0.connection.integer("SELECT count(*) FROM spool") }
            #expect(marks <= 2, "\(marks) rows are left of \(2 * point) spools")
        }
    }
}
