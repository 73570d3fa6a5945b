// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// The host may fork at any moment, and both sides go on.
    @Suite struct ForkTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        @Test(arguments: [["pause=5000"], ["pause=300", "delivers=0"]])
        func neitherHangsNorLosesNorDoublesUnderLoad(_ how: [String]) throws {
            let server = try Server(folder)
            let ending = try ChildProcess.run(["fork", state, server.segment, "flushAt=100"] + how)
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("forked") == "50", "\(ending.output)")
            #expect(ending.value("hung") == "0", "\(ending.output)")
            #expect(ending.value("failed") == "0", "\(ending.output)")

            // What children without the store left in their spools.
            let rest = try ChildProcess.run(["deliver", state, server.segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let tracked = try #require(ending.value("tracked")).split(separator: " ").compactMap { Int($0) }
            try #require(tracked.count == 3)
            let expected = (0..<3).map { ("p\($0)", tracked[$0]) } + (0..<50).map { ("c\($0)", 20) }
            let tally = try server.tally(Dictionary(uniqueKeysWithValues: expected))
            #expect(tally.isWhole, "\(tally)")
            #expect(tally.once >= 1_000)
            #expect(try lawHolds(folder("state")))
        }

        @Test func aChildHasThePluginsThatWereJustAdded() throws {
            let server = try Server(folder)
            let ending = try ChildProcess.run(["forkfirst", state, server.segment])
            #expect(ending.isClean && ending.value("child") == "0", "\(ending)")
            let tally = try server.tally(["parent": 20, "child": 20])
            #expect(tally.isWhole, "\(tally)")
            #expect(try server.lines.allSatisfy { $0.contains(#""session_id""#) })
        }

        @Test func aClientThatWasForkedBeforeItStartedStartsInTheParentOnly() throws {
            let server = try Server(folder)
            let ending = try ChildProcess.run(["forkfirst", state, server.segment, "lifecycle"])
            #expect(ending.isClean && ending.value("child") == "0", "\(ending)")
            let tally = try server.tally(["parent": 20, "child": 20])
            #expect(tally.isWhole, "\(tally)")
            let starts = try server.lines.filter { $0.contains(#""Application Opened""#) }
            #expect(starts.count == 1, "\(starts)")
            #expect(try server.lines.allSatisfy { !$0.contains(#""Application Crashed""#) })
        }

        @Test(arguments: [[], ["close"]])
        func aDaemonGoesOnWhenItsParentHasEnded(_ how: [String]) throws {
            let server = try Server(folder)
            let process = try ChildProcess(["daemon", state, server.segment, "flushAt=10", "interval=200"] + how)
            // The child delivers by itself, without a flush.
            #expect(server.waitForEvents(250, atMost: .seconds(20)))
            process.endInput()
            let ending = process.wait(atMost: .seconds(30))
            #expect(ending.isClean, "\(ending)")
            if let child = ending.value("child").flatMap({ pid_t($0) }), ending.isOverdue { kill(child, SIGKILL) }
            #expect(ending.value("closed") == "true", "\(ending.output)")

            let rest = try ChildProcess.run(["deliver", state, server.segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let tally = try server.tally(["parent": 50, "child": 200])
            #expect(tally.lost.isEmpty, "\(tally)")
            // A request under way when the parent exits is delivered once more; nothing of the child's is.
            #expect(tally.doubled.allSatisfy { $0.hasPrefix("parent") }, "\(tally)")
            #expect(try lawHolds(folder("state")))
        }

        @Test(arguments: [[], ["exit"], ["pause=0"], ["handle"]])
        func aChildWithoutTheStoreKeepsItsEventsInItsSpool(_ how: [String]) throws {
            let server = try Server(folder)
            let ending = try ChildProcess.run(["forkheld", state, server.segment, "delivers=0"] + how)
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("ended") == "0", "\(ending.output)")
            // The plugin holds the pipeline until the child has ended.
            #expect(ending.value("took") != nil, "fork() waits without a limit")
            if !how.contains("pause=0") {
                // Not `overdue`, as what was waited for in vain.
                #expect(ending.value("child") == "storeUnavailable", "\(ending.output)")
            }

            let rest = try ChildProcess.run(["deliver", state, server.segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let tally = try server.tally(["parent": 100, "child": 20])
            #expect(tally.isWhole, "\(tally)")
        }
    }
}
