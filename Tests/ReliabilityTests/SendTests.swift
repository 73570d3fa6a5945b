// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// `footfall send` on a machine whose kernel refuses to wait.
    @Suite(.enabled(if: Need.strace, "strace does not inject faults here"))
    struct SendTests {
        let folder = TemporaryDirectory()

        private func send(_ fault: String) throws -> ProcessEnding {
            let lines = (0..<20).map { #"{"type":"track","event":"A","messageId":"s-\#($0)"}"# }
            try folder.write(lines.joined(separator: "\n") + "\n", to: "in.ndjson")
            try folder.write(#"{"session": false}"#, to: "config.json")
            return try ChildProcess.run(
                [
                    "-f", "-qq", "-o", "/dev/null", "-e", "trace=ppoll", "-e", "inject=ppoll:error=ENOMEM\(fault)",
                    ChildProcess.command, "send", folder("in.ndjson"), "--state-dir", folder("state"), "--config",
                    folder("config.json"),
                ], program: "strace")
        }

        private func stored() throws -> Int64 {
            try inspect(folder("state")) { try $0.connection.integer("SELECT count(*) FROM event") }
        }

        @Test func goesOnWhenWaitingFailedOnce() throws {
            let ending = try send(":when=1")
            #expect(ending.isClean, "\(ending)")
            #expect(try stored() == 20)
        }

        /// The command hung once.
        @Test func endsAndSaysWhereToGoOnWhenWaitingFailsForGood() throws {
            let ending = try send(":when=2+")
            #expect(ending.status == 75 && !ending.isOverdue, "\(ending)")
            #expect(
                ending.output.contains(
                    "cannot wait for more input: Cannot allocate memory; line 20 is the last one stored"),
                "\(ending.output)")
            #expect(try stored() == 20)
        }
    }
}
