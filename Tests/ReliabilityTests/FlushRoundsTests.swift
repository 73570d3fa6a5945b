// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// `footfall flush --every`.
    @Suite struct FlushRoundsTests {
        let folder = TemporaryDirectory()

        private func environment(_ url: String) -> [String: String] {
            ["FOOTFALL_ENDPOINT": "\(url)/v1/b", "FOOTFALL_WRITE_KEY": "KEY"]
        }

        private func track(_ url: String) throws {
            let ending = try ChildProcess.run(
                ["track", "A", "--no-session", "--state-dir", folder("state")], program: ChildProcess.command,
                environment: environment(url))
            #expect(ending.isClean, "\(ending)")
        }

        private func flushing(_ url: String, _ more: [String] = []) throws -> ChildProcess {
            try ChildProcess(
                ["flush", "--every", "1s", "--state-dir", folder("state")] + more, program: ChildProcess.command,
                environment: environment(url))
        }

        /// How many attempts in a row have failed.
        private func failures() throws -> Int64 {
            let row = try inspect(folder("state")) { try $0.destinations.all().first }
            guard let text = row?.retry else { return 0 }
            return try JSONParser.parse(text).objectValue?["failures"]?.intValue ?? 0
        }

        @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
        func deliversAgainAndAgainWithNothingOpenBetween(_ signal: Int32) throws {
            let server = try Server(folder)
            try track(server.collector.url)
            let process = try flushing(server.collector.url)
            #expect(server.waitForEvents(1, atMost: .seconds(30)))
            let isClosed = try poll { try !OpenFiles.of(process.id).contains { $0.hasPrefix(folder("state")) } }
            #expect(isClosed)
            try track(server.collector.url)
            try track(server.collector.url)
            #expect(server.waitForEvents(3, atMost: .seconds(30)))
            kill(process.id, signal)
            let ending = process.wait(atMost: .seconds(60))
            #expect(ending.isClean, "\(ending)")
            #expect(ending.output.contains("delivered 1, queued 0, dead letters 0, dropped 0\n"), "\(ending)")
            #expect(try lawHolds(folder("state")))
        }

        @Test func goesOnWhileTheServerIsAwayAndSaysSoOnce() throws {
            let url: String
            do {
                let server = try Server(folder, name: "before.ndjson")
                url = server.collector.url
                try track(url)
            }
            let process = try flushing(url, ["--timeout", "1"])
            let complaint = try #require(process.line())
            #expect(complaint.contains("1 event still queued"), "\(complaint)")
            // Two more rounds, as the failures in the store show.
            let areMade = try poll { try failures() >= 3 }
            #expect(areMade)
            kill(process.id, SIGTERM)
            let ending = process.wait(atMost: .seconds(60))
            #expect(ending.isClean && ending.output.occurrences(of: "still queued").count == 1, "\(ending)")
        }

        @Test func endsAtOnceWithAMistakeInTheConfiguration() throws {
            let ending = try ChildProcess.run(
                ["flush", "--every", "1h", "--state-dir", folder("state")], program: ChildProcess.command,
                environment: ["FOOTFALL_CONFIG": "/nonexistent/config.json"])
            #expect(ending.status == 64, "\(ending)")
            let none = try ChildProcess.run(
                ["flush", "--every", "0", "--state-dir", folder("state")], program: ChildProcess.command)
            #expect(none.status == 64 && none.output.contains("--every: it must be at least 1s"), "\(none)")
        }
    }
}
