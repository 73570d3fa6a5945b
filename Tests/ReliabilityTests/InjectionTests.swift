// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// The disk may fail for one call, or for good: the client never says stored of an event that is not.
    @Suite(.enabled(if: Need.strace, "strace does not inject faults here"))
    struct InjectionTests {
        let folder = TemporaryDirectory()

        private struct Told {
            /// Whether the host was told that all is stored, at once or after another try.
            var isStored: Bool
            var isStoredAtOnce: Bool
            var closed: String
        }

        /// A host under strace that tracks, asks whether it is stored, and is killed or ends.
        private func run(_ faults: [String], count: Int, state: String, endsInOrder: Bool) throws -> Told {
            let host = try ChildProcess(
                ["-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync,pwrite64"]
                    + faults.flatMap { ["-e", "inject=\($0)"] }
                    + [ChildProcess.host, "obey", "state=\(state)", "delivers=0", "segment=http://127.0.0.1:1/v1/b"],
                program: "strace")
            let ready = try #require(host.line(), "the host starts")
            let id = try #require(pid_t(ready.split(separator: " ").last ?? ""))
            _ = try host.ask("track f \(count) 300 0", "tracked")
            let isAtOnce = try host.ask("store \(endsInOrder ? 5 : 1)", "stored", atMost: .seconds(30)) == "true"
            var isStored = isAtOnce
            var closed = ""
            if endsInOrder {
                // The host is told of a refused commit, which is tried again a second later.
                if !isStored {
                    isStored = try poll(atMost: .seconds(20)) {
                        letPass(.milliseconds(100))
                        return try host.ask("store 5", "stored", atMost: .seconds(30)) == "true"
                    }
                }
                closed = try host.ask("close", "closed", atMost: .seconds(30))
                host.endInput()
            } else {
                kill(id, SIGKILL)
            }
            let ending = host.wait(atMost: .seconds(60))
            #expect(!ending.isOverdue, "\(ending)")
            return Told(isStored: isStored, isStoredAtOnce: isAtOnce, closed: closed)
        }

        /// A process without faults adopts the spools that are left and delivers all events.
        private func check(_ state: String, _ count: Int, _ note: String) throws -> Tally {
            let server = try Server(folder, name: "\(note).ndjson")
            let ending = try ChildProcess.run(["deliver", "state=\(state)", server.segment])
            #expect(ending.isClean && ending.value("queued") == "0", "\(note): \(ending.output)")
            #expect(ending.value("error") == nil, "\(note): \(ending.output)")
            #expect(try lawHolds(state))
            let found = try server.tally(["f": count])
            #expect(found.isWhole, "\(note): \(found)")
            return found
        }

        @Test(arguments: ["fdatasync:error=EIO:when=1", "fdatasync:error=EIO:when=2", "fsync:error=EIO:when=1"])
        func goesOnAfterASyncThatFailed(_ fault: String) throws {
            let told = try run([fault], count: 50, state: folder("state"), endsInOrder: true)
            #expect(told.isStored && told.closed == "true", "it is tried again: \(told)")
            _ = try check(folder("state"), 50, "once")
        }

        @Test func saysStoredOfNothingWhileSyncsFail() throws {
            let told = try run(
                ["fdatasync:error=EIO", "fsync:error=EIO"], count: 50, state: folder("state"), endsInOrder: false)
            #expect(!told.isStored, "what cannot be safe is not called stored")
            // The spool has the events.
            _ = try check(folder("state"), 50, "always")
        }

        @Test func losesNothingWhicheverWriteTheDiskRefuses() throws {
            let last = Reliability.count(short: 4, long: 200)
            var held = 0
            var stored = 0
            for nth in 1...last {
                // In every third run the disk stays full.
                let isForGood = nth.isMultiple(of: 3)
                let state = folder("state\(nth)")
                let told = try run(
                    ["pwrite64:error=ENOSPC:when=\(nth)\(isForGood ? "+" : "")"], count: 50, state: state,
                    endsInOrder: !isForGood)
                if !isForGood { #expect(told.isStored, "write \(nth): it is tried again") }
                if told.isStoredAtOnce { stored += 1 }
                if try check(state, 50, "write\(nth)").isWhole { held += 1 }
                TemporaryDirectory.remove(state)
                unlink(folder("write\(nth).ndjson"))
            }
            Reliability.note(
                "14 ENOSPC from the n-th write", tried: last, held: held, worst: "\(stored) said to be stored at once")
        }
    }
}
