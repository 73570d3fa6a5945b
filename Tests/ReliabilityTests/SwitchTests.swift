// SPDX-License-Identifier: MIT
import TestSupport
import Testing

extension Reliability {
    /// What the host switched off, across a fork.
    @Suite struct SwitchTests {
        let folder = TemporaryDirectory()

        @Test func aDisabledClientIsDisabledInItsChildAndBothGoOn() throws {
            let server = try Server(folder)
            let ending = try ChildProcess.run(["forkdisabled", "state=\(folder("state"))", server.segment])
            #expect(ending.isClean && ending.value("child") == "0", "\(ending)")
            #expect(ending.value("queued") == "0" && ending.value("pending") == "0", "\(ending.output)")
            #expect(ending.value("closed") == "true", "\(ending.output)")
            let tally = try server.tally(["before": 5, "child": 5, "parent": 5])
            #expect(tally.isWhole, "\(tally)")
            #expect(try server.lines.allSatisfy { !$0.contains("lost-") })
        }
    }
}
