// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// `footfall send --follow`: each whole line of a growing file is stored once.
    @Suite struct FollowTests {
        let folder = TemporaryDirectory()

        private var path: String { folder("log.ndjson") }

        private func follow(_ file: String? = nil) throws -> ChildProcess {
            try ChildProcess(
                ["send", "--follow", file ?? path, "--no-session", "--state-dir", folder("state")],
                program: ChildProcess.command)
        }

        private func line(_ number: Int) -> String { #"{"type":"track","event":"A","messageId":"m-\#(number)"}"# }

        private func lines(_ numbers: some Sequence<Int>) -> String {
            numbers.map { line($0) + "\n" }.joined()
        }

        /// Appends to a file, as a program does that logs.
        private func append(_ text: String, to name: String = "log.ndjson") throws {
            let descriptor = open(folder(name), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            let bytes = Array(text.utf8)
            #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        }

        private func rotate(_ name: String, to other: String) { #expect(rename(folder(name), folder(other)) == 0) }

        /// The numbers of the stored lines, in order.
        private func stored() -> [Int] {
            // There is no store yet at first.
            let events = (try? storedEvents(folder("state"))) ?? []
            return events.compactMap { $0["messageId"]?.stringValue.flatMap { Int($0.dropFirst(2)) } }
        }

        /// Whether exactly these lines are stored, in their order.
        private func areStored(_ numbers: some Sequence<Int>) -> Bool {
            let expected = Array(numbers)
            return poll { stored().count >= expected.count } && stored() == expected
        }

        private func end(_ process: ChildProcess) -> ProcessEnding {
            kill(process.id, SIGTERM)
            return process.wait(atMost: .seconds(120))
        }

        @Test(arguments: [SIGTERM, SIGINT]) func storesWhatIsThereAndWhatComes(_ signal: Int32) throws {
            try append(lines(0..<3))
            let process = try follow()
            #expect(areStored(0..<3))
            try append(lines(3..<5) + "no event\n" + lines(5..<6))
            #expect(areStored(0..<6))
            kill(process.id, signal)
            let ending = process.wait(atMost: .seconds(60))
            #expect(ending.isClean, "\(ending)")
            #expect(ending.output.contains("footfall: \(path):6: "), "\(ending)")
            #expect(ending.output.contains("read 7, stored 6, rejected 1"), "\(ending)")
        }

        @Test func aLineThatIsBeingWrittenWaits() throws {
            let whole = line(1)
            let process = try follow()
            #expect(process.line()?.contains("it is not there yet") == true)
            try append(line(0) + "\n" + whole.prefix(20))
            #expect(areStored(0..<1))
            try append(String(whole.dropFirst(20)))
            // The next lines come behind it.
            try append("\n" + lines(2..<3))
            #expect(areStored(0..<3))
            #expect(end(process).isClean)
            #expect(stored() == [0, 1, 2])
        }

        @Test func goesOnWhereItStopped() throws {
            try append(lines(0..<10) + line(10).prefix(9))
            for round in 0..<3 {
                let process = try follow()
                #expect(areStored(0..<(10 + round)))
                #expect(end(process).isClean)
                try append(String(line(10 + round).dropFirst(9)) + "\n" + line(11 + round).prefix(9))
            }
        }

        @Test func readsARotatedFileToItsEnd() throws {
            try append(lines(0..<2))
            let process = try follow()
            #expect(areStored(0..<2))
            rotate("log.ndjson", to: "log.ndjson.1")
            // Its writer has it open still.
            try append(lines(2..<4), to: "log.ndjson.1")
            #expect(areStored(0..<4))
            try append(lines(4..<5) + line(5), to: "log.ndjson.1")
            try append(lines(6..<8))
            #expect(areStored(0..<8), "the last line of the old file has no end")
            #expect(end(process).isClean)
        }

        @Test func findsFilesThatWereRotatedWhileItDidNotRun() throws {
            try append(lines(0..<2))
            let first = try follow()
            #expect(areStored(0..<2))
            #expect(end(first).isClean)
            try append(lines(2..<3))
            rotate("log.ndjson", to: "log.ndjson.1")
            try append(lines(3..<5))
            rotate("log.ndjson.1", to: "log.ndjson.2")
            rotate("log.ndjson", to: "log.ndjson.1")
            try append(lines(5..<6))
            // No file of the rotation.
            try append(lines(90..<99), to: "log.ndjson.bak")
            let second = try follow()
            #expect(areStored(0..<6))
            #expect(end(second).isClean)
        }

        @Test func beginsAnewWithAFileThatWasCutShort() throws {
            try append(lines(0..<3))
            let process = try follow()
            #expect(areStored(0..<3))
            truncate(path, 0)
            try append(lines(3..<4))
            #expect(areStored(0..<4))
            // It grows beyond what was read before.
            truncate(path, 0)
            try append(lines(4..<30))
            #expect(areStored(0..<30))
            let ending = end(process)
            #expect(ending.isClean && ending.output.contains("it was cut short or written anew"), "\(ending)")
        }

        @Test func beginsAnewWithAFileThatWasCutShortWhileItDidNotRun() throws {
            try append(lines(0..<3))
            let first = try follow()
            #expect(areStored(0..<3))
            #expect(end(first).isClean)
            truncate(path, 0)
            try append(lines(3..<20))
            let second = try follow()
            #expect(areStored(0..<20))
            #expect(end(second).isClean)
        }

        @Test func passesALineByThatIsTooLong() throws {
            try append(lines(0..<1) + String(repeating: "x", count: 3 << 20) + "\n" + lines(1..<3))
            let process = try follow()
            #expect(areStored(0..<3))
            let ending = end(process)
            #expect(ending.output.contains("\(path):2: the line is too long"), "\(ending)")
            #expect(ending.output.contains("read 4, stored 3, rejected 1"), "\(ending)")
        }

        @Test func leavesAFileToTheProcessThatFollowsIt() throws {
            try append(lines(0..<1))
            let first = try follow()
            #expect(areStored(0..<1))
            let second = try follow().wait(atMost: .seconds(60))
            #expect(second.status == 75, "\(second)")
            #expect(second.output.contains("another process follows it already"))
            #expect(end(first).isClean)
        }

        @Test func storesNothingOfTheTimeOfAnOptOut() throws {
            func command(_ name: String) throws {
                let ending = try ChildProcess.run(
                    [name, "--state-dir", folder("state")], program: ChildProcess.command)
                #expect(ending.isClean, "\(ending)")
            }
            try append(lines(0..<3))
            let process = try follow()
            #expect(areStored(0..<3))
            try command("opt-out")
            try append(lines(3..<6))
            let hasPassed = try poll { try position().offset == fileSize() }
            #expect(hasPassed, "the place is kept")
            try command("opt-in")
            try append(lines(6..<8))
            #expect(areStored(6..<8))
            #expect(end(process).isClean)
        }

        private func position() throws -> (offset: Int64?, text: String?) {
            let text = try inspect(folder("state")) { try $0.keyValue.texts(prefix: "follow/").first?.value }
            return (text.flatMap { try? JSONParser.parse($0) }?.objectValue?["offset"]?.intValue, text)
        }

        private func fileSize() -> Int64 {
            var status = stat()
            return stat(path, &status) == 0 ? Int64(status.st_size) : -1
        }

        @Test(arguments: [
            ["-"], ["a", "b"], ["x", "--strict"], ["x", "--replay"], ["x", "--deliver"], ["x", "--from-line", "2"],
        ])
        func refusesWhatCannotBeFollowed(_ words: [String]) throws {
            let ending = try ChildProcess.run(
                ["send", "--follow", "--state-dir", folder("state")] + words, program: ChildProcess.command)
            #expect(ending.status == 64, "\(ending)")
            let directory = try ChildProcess.run(
                ["send", "--follow", folder.path, "--state-dir", folder("state")], program: ChildProcess.command)
            #expect(directory.status == 64 && directory.output.contains("it is no regular file"), "\(directory)")
        }

        /// kill -9 at random moments, while the file grows, is rotated and cut short.
        @Test func storesEachLineOnceOverKills() throws {
            let seed = UInt64.random(in: 0 ... .max)
            print("FollowTests.storesEachLineOnceOverKills: seed \(seed)")
            var random = SplitMix64(seed: seed)
            var written = 0
            var rotations = 0
            // From here on a file that is moved away is known.
            try append("")
            let first = try follow()
            let isKnown = poll { (try? position().text) != nil }
            #expect(isKnown)
            #expect(end(first).isClean)
            for _ in 0..<(isSoak ? 200 : 12) {
                let process = try follow()
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    let count = Int.random(in: 1...400, using: &random)
                    let text = lines(written..<(written + count))
                    written += count
                    // The writer may be in the midst of a line at any moment.
                    let cut = Int.random(in: 0...text.utf8.count, using: &random)
                    try append(String(text.prefix(cut)))
                    if Int.random(in: 0..<3, using: &random) == 0 {
                        letPass(.milliseconds(Int.random(in: 0...5, using: &random)))
                    }
                    try append(String(text.dropFirst(cut)))
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        rotations += 1
                        for number in stride(from: rotations, to: 1, by: -1) {
                            rotate("log.ndjson.\(number - 1)", to: "log.ndjson.\(number)")
                        }
                        rotate("log.ndjson", to: "log.ndjson.1")
                        try append("")
                    }
                }
                letPass(.milliseconds(Int.random(in: 0...120, using: &random)))
                kill(process.id, SIGKILL)
                #expect(process.wait(atMost: .seconds(60)).signal == SIGKILL)
            }
            let last = try follow()
            let isComplete = poll(atMost: .seconds(100)) { stored().count >= written }
            #expect(isComplete, "seed \(seed)")
            #expect(end(last).isClean, "seed \(seed)")
            #expect(stored() == Array(0..<written), "seed \(seed)")
            #expect(try lawHolds(folder("state")))
        }
    }
}
