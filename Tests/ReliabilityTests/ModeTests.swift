// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// Files are for their owner only, whatever the host's umask.
    @Suite struct ModeTests {
        let folder = TemporaryDirectory()

        private func modes(_ path: String) -> [String: mode_t] {
            var found: [String: mode_t] = [:]
            func walk(_ path: String) {
                var status = stat()
                guard lstat(path, &status) == 0 else { return }
                found[path] = status.st_mode & 0o7777
                guard status.st_mode & S_IFMT == S_IFDIR else { return }
                for name in Listing.names(in: path) { walk("\(path)/\(name)") }
            }
            walk(path)
            return found
        }

        private func expectPrivate(_ note: String) -> Set<String> {
            let all = modes(folder("made/by/us"))
            for (path, mode) in all {
                var status = stat()
                let isDirectory = stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
                #expect(mode == (isDirectory ? 0o700 : 0o600), "\(note): \(path) has \(String(mode, radix: 8))")
            }
            return Set(all.keys.map { String($0.split(separator: "/").last ?? "") })
        }

        private func host(_ more: [String]) throws -> ChildProcess {
            let host = try ChildProcess(
                ["-c", "umask 000; exec \"$0\" \"$@\"", ChildProcess.host, "obey", "state=\(folder("made/by/us"))"]
                    + more, program: "sh")
            _ = try #require(host.line())
            return host
        }

        private func use(_ host: ChildProcess, _ prefix: String) throws {
            _ = try host.ask("track \(prefix) 200 500 0", "tracked")
            _ = try host.ask("store 10", "stored")
            _ = try host.ask("flush 2000", "flushed")
            _ = try host.ask("track \(prefix)-more 5 500 0", "tracked")
        }

        @Test func everythingIsForItsOwnerWithUmaskZero() throws {
            let server = try Server(folder)
            let first = try host([server.segment])
            try use(first, "a")
            let names = expectPrivate("running")
            for name in ["store.db", "store.db-wal", "store.db-shm", "identity.json", "store.lock", "wake"] {
                #expect(names.contains(name), "\(name) is looked at, among \(names.sorted())")
            }
            #expect(names.contains { $0.hasSuffix(".a") } && names.contains { $0.hasPrefix("uploader-") })
            _ = try first.ask("close", "closed")
            first.expectOrderlyEnd()
            _ = expectPrivate("closed")

            // The quarantined file, and what is made in its place; the damaged one is from a release that was lax.
            try folder.write(String(repeating: "no database ", count: 1_000), to: "made/by/us/store.db")
            chmod(folder("made/by/us/store.db"), 0o666)
            unlink(folder("made/by/us/store.db-wal"))
            let second = try host([server.segment])
            try use(second, "b")
            let damaged = expectPrivate("after damage")
            #expect(damaged.contains { $0.contains(".corrupt-") }, "\(damaged.sorted())")
            _ = try second.ask("optout", "said")
            _ = try second.ask("store 10", "stored")
            let later = expectPrivate("opted out")
            #expect(later.contains("opted-out"), "\(later.sorted())")
            #expect(!later.contains { $0.contains(".corrupt-") }, "it has events as well")
            second.expectOrderlyEnd()
        }
    }
}
