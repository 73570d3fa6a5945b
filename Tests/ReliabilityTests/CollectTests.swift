// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// `footfall collect` as a process of its own.
    @Suite struct CollectTests {
        let folder = TemporaryDirectory()

        @Test func noPathThatIsAskedForSteersTheTerminal() throws {
            // The command lies beside the host.
            let command = "\(ChildProcess.host.dropLast("ReliabilityHost".count))footfall"
            let collect = try ChildProcess(
                ["collect", "--port", "0", "--out", folder("events.ndjson")], program: command,
                environment: ["HOME": folder.path])
            let address = try #require(collect.line()?.split(separator: " ").last)
            let path = "/webhook/%1B%5D0%3Bx%07%C2%9B2J%E2%80%AE%0D%0A%7F%FF"
            let asked = try ChildProcess.run(["-s", "-d", "{}", "\(address)\(path)"], program: "curl")
            #expect(asked.output == #"{"success":true}"#)
            let line = try #require(collect.line())
            #expect(line.hasPrefix("/webhook/\\u{1B}]0;x\\u{7}\\u{9B}2J\\u{202E}\\r\\n\\u{7F}"), "\(line)")
            #expect(!line.unicodeScalars.contains(where: ShownText.isSteering))
            kill(collect.id, SIGTERM)
            #expect(collect.wait(atMost: .seconds(20)).isClean)
        }
    }
}
