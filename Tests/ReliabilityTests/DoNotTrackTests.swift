// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// What strace(1) shows of the system calls.
    @Suite(.enabled(if: Need.strace, "strace does not trace here"))
    struct DoNotTrackTests {
        let folder = TemporaryDirectory()

        @Test(arguments: ["1", "true", "yes"]) func makesNoFileAndOpensNoSocket(_ value: String) throws {
            let footfall = ChildProcess.command
            for words in [["track", "Opened"], ["identify", "u-1"], ["flush"], ["forget"]] {
                let trace = folder("trace.txt")
                let ending = try ChildProcess.run(
                    ["-f", "-e", "trace=%file,%network", "-o", trace, footfall] + words
                        + ["--state-dir", folder("state")],
                    program: "strace",
                    environment: [
                        "DO_NOT_TRACK": value, "FOOTFALL_ENDPOINT": "http://127.0.0.1:1/v1/b",
                        "FOOTFALL_WRITE_KEY": "KEY", "HOME": folder("home"),
                    ])
                // What a user asks for and does not get is no success.
                let status: Int32 = words == ["forget"] ? 64 : 0
                #expect(ending.status == status && !ending.isOverdue, "\(words): \(ending)")
                let lines = try folder.text(of: "trace.txt").split(separator: "\n")
                #expect(lines.count > 5, "it was traced")
                let changes = lines.filter { line in
                    ["O_CREAT", "O_WRONLY", "O_RDWR", "mkdir", "rename", "unlink", "socket(", "connect("].contains {
                        line.contains($0)
                    } && !line.contains("/dev/null")
                }
                #expect(changes.isEmpty, "\(words): \(changes)")
                #expect(access(folder("state"), F_OK) != 0 && access(folder("home"), F_OK) != 0)
            }
        }

        @Test func aClientSaysThatItDoesNotRecord() throws {
            for (value, isRecording) in [("1", false), ("0", true)] {
                let ending = try ChildProcess.run(
                    ["recording", "state=\(folder("state"))"], environment: ["DO_NOT_TRACK": value])
                #expect(ending.isClean && ending.value("before") == "\(isRecording)", "\(ending)")
                #expect(ending.value("after") == "\(isRecording)")
                #expect((access(folder("state"), F_OK) == 0) == isRecording)
            }
        }

        /// Closing a descriptor of the database or its -shm drops SQLite's locks on it.
        /// Each open that the kernel sees is looked at with its stack: the -shm is
        /// opened once more and never closed, and on the -wal there are no locks.
        @Test(.enabled(if: Need.stacks, "strace shows no stacks here")) func neverOpensTheDatabaseItself() throws {
            let server = try Server(folder)
            for run in 0..<2 {
                let trace = folder("trace.txt")
                let ending = try ChildProcess.run(
                    [
                        "-f", "-k", "-e", "trace=open,openat,creat", "-o", trace, ChildProcess.host, "deliver",
                        "state=\(folder("state"))", server.segment, "count=300", "run=\(run)",
                    ], program: "strace")
                #expect(ending.isClean && ending.value("queued") == "0", "\(ending)")
                var opens = 0
                var isOfDatabase = false
                var frames: [Substring] = []
                func look() {
                    guard isOfDatabase else { return }
                    opens += 1
                    let isAllowed = frames.dropFirst().contains { frame in
                        frame.contains("libsqlite3")
                            || frames[0].contains("store.db-shm") && frame.contains("IndexFile")
                            || frames[0].contains("store.db-wal") && frame.contains("ftf_allocate")
                    }
                    #expect(isAllowed, "\(frames.prefix(8).joined(separator: "\n"))")
                }
                let lines: [Substring] = try folder.text(of: "trace.txt").split(separator: "\n")
                for line in lines + ["1 openat(end)"] {
                    if line.hasPrefix(" > ") {
                        frames.append(line)
                        continue
                    }
                    look()
                    (isOfDatabase, frames) = (line.contains("/store.db"), [line])
                }
                #expect(opens >= 3, "the database, its -wal and its -shm")
            }
        }
    }
}
