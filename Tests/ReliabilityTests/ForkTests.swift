// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import Testing

extension Reliability {
    /// The host may fork at any moment, and both sides go on.
    @Suite struct ForkTests {
        let folder = TemporaryDirectory()
        var state: String { "state=\(folder("state"))" }

        @Test(

            arguments: [["pause=5000"], ["pause=300", "delivers=0"]])
        func neitherHangsNorLosesNorDoublesUnderLoad(_ how: [String]) throws {
            let server = try Server(folder)
            let ending = try HostProcess.run(["fork", state, server.segment, "flushAt=100"] + how)
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("forked") == "50", "\(ending.output)")
            #expect(ending.value("hung") == "0", "\(ending.output)")
            #expect(ending.value("failed") == "0", "\(ending.output)")
            let slowest = ending.value("slowest").flatMap { Int($0) } ?? .max
            #expect(slowest < 2_000, "fork() waits without a limit: \(slowest) ms")

            // What children without the store left in their spools.
            let rest = try HostProcess.run(["deliver", state, server.segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let tracked = try #require(ending.value("tracked")).split(separator: " ").compactMap { Int($0) }
            try #require(tracked.count == 3)
            let expected = (0..<3).flatMap { ids("p\($0)", tracked[$0]) } + (0..<50).flatMap { ids("c\($0)", 20) }
            let count = Count(expected: expected, found: server.messageIds)
            #expect(count.isWhole, "\(count)")
            #expect(count.once >= 1_000)
            #expect(try lawHolds(folder("state")))
        }

        @Test func aChildHasThePluginsThatWereJustAdded() throws {
            let server = try Server(folder)
            let ending = try HostProcess.run(["forkfirst", state, server.segment])
            #expect(ending.isClean && ending.value("child") == "0", "\(ending)")
            let count = Count(expected: ids("parent", 20) + ids("child", 20), found: server.messageIds)
            #expect(count.isWhole, "\(count)")
            #expect(server.lines.allSatisfy { $0.contains(#""session_id""#) })
        }

        @Test(arguments: [[], ["close"]])
        func aDaemonGoesOnWhenItsParentHasEnded(_ how: [String]) throws {
            let server = try Server(folder)
            let process = try HostProcess(["daemon", state, server.segment, "flushAt=10", "interval=200"] + how)
            // The child delivers by itself: nobody asks for a flush.
            #expect(server.waitForEvents(250, atMost: .seconds(20)))
            process.endInput()
            let ending = process.wait(atMost: .seconds(30))
            #expect(ending.isClean, "\(ending)")
            if let child = ending.value("child").flatMap({ pid_t($0) }), ending.isOverdue { kill(child, SIGKILL) }
            #expect(ending.value("closed") == "true", "\(ending.output)")

            let rest = try HostProcess.run(["deliver", state, server.segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let count = Count(expected: ids("parent", 50) + ids("child", 200), found: server.messageIds)
            #expect(count.lost.isEmpty, "\(count)")
            // A request under way when the parent exits is delivered once more; nothing of the child's is.
            #expect(count.doubled.allSatisfy { $0.hasPrefix("parent") }, "\(count)")
            #expect(try lawHolds(folder("state")))
        }

        @Test(arguments: [[], ["exit"], ["pause=0"], ["handle"]])
        func aChildWithoutTheStoreKeepsItsEventsInItsSpool(_ how: [String]) throws {
            let server = try Server(folder)
            let ending = try HostProcess.run(["forkheld", state, server.segment, "delivers=0"] + how)
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("ended") == "0", "\(ending.output)")
            let took = ending.value("took").flatMap { Int($0) } ?? .max
            #expect(took < 2_000, "fork() waits without a limit: \(took) ms")
            let answered = ending.value("answered").flatMap { Int($0) } ?? .max
            if !how.contains("pause=0") {
                #expect(answered < 1_000, "it waits for nothing: \(answered) ms")
                #expect(ending.value("child") == "storeUnavailable", "\(ending.output)")
            }

            let rest = try HostProcess.run(["deliver", state, server.segment])
            #expect(rest.isClean && rest.value("queued") == "0", "\(rest.output)")
            let count = Count(expected: ids("parent", 100) + ids("child", 20), found: server.messageIds)
            #expect(count.isWhole, "\(count)")
        }
    }
}
