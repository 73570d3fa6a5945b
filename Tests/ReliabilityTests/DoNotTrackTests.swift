// SPDX-License-Identifier: MIT
import Footfall
import Glibc
import Testing

extension Reliability {
    /// What the system calls say.
    @Suite(.enabled(if: Need.strace, "strace does not trace here"))
    struct DoNotTrackTests {
        let folder = TemporaryDirectory()

        @Test(arguments: ["1", "true", "yes"]) func makesNoFileAndOpensNoSocket(_ value: String) throws {
            let footfall = HostProcess.program.replacing("ReliabilityHost", with: "footfall")
            for words in [["track", "Opened"], ["identify", "u-1"], ["flush"], ["opt-out"]] {
                let trace = folder("trace.txt")
                let ending = try HostProcess.run(
                    ["-f", "-e", "trace=%file,%network", "-o", trace, footfall] + words
                        + ["--state-dir", folder("state")],
                    program: "strace",
                    environment: [
                        "DO_NOT_TRACK": value, "FOOTFALL_ENDPOINT": "http://127.0.0.1:1/v1/b", "HOME": folder("home"),
                    ])
                #expect(ending.isClean, "\(words): \(ending)")
                let lines = folder.text(of: "trace.txt").split(separator: "\n")
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

        @Test func neverOpensTheDatabaseItself() throws {
            let server = try Server(folder)
            let trace = folder("trace.txt")
            let arguments = ["deliver", "state=\(folder("state"))", server.segment, "count=300"]
            for run in 0..<2 {
                let ending = try HostProcess.run(
                    ["-f", "-y", "-e", "trace=open,openat,creat", "-o", trace, HostProcess.program] + arguments
                        + ["run=\(run)"], program: "strace")
                #expect(ending.isClean && ending.value("queued") == "0", "\(ending)")
                let opens = folder.text(of: "trace.txt").split(separator: "\n")
                // SQLite opens with O_NOFOLLOW and mode 0644, or the database's own;
                // our own opens have 0600 and no large-file flag, SmallFile's are read-only.
                let named = opens.filter { $0.contains("store.db") }
                #expect(named.contains { $0.contains("store.db\"") } && named.contains { $0.contains("-wal") })
                let own = opens.filter {
                    $0.contains("identity.json") || $0.contains("/spool/") || $0.contains(".lock")
                }
                #expect(!own.isEmpty, "the pattern of our own opens is known")
                let isOwn = { (line: Substring) in
                    line.contains("O_RDONLY|O_CLOEXEC)") || line.contains("O_CLOEXEC, 0600)")
                        || line.contains("O_NOFOLLOW|O_CLOEXEC)") && !line.contains("O_RDWR|O_CREAT")
                }
                let wrong = named.filter { isOwn($0) }
                #expect(wrong.isEmpty, "\(wrong)")
                if run == 0 {
                    print(named.prefix(6).joined(separator: "\n")); print(own.prefix(8).joined(separator: "\n"))
                }
            }
        }
    }
}
