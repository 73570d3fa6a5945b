// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// After an opt-out nothing leaves the machine, whatever was under way.
    @Suite struct OptOutTests {
        let folder = TemporaryDirectory()

        /// The promise is a tenth of a second; a machine that runs tests may be slower.
        private static let margin = isSoak ? Duration.milliseconds(250) : .milliseconds(500)

        private func command(_ words: [String]) throws -> ProcessEnding {
            try ChildProcess.run(
                words + ["--state-dir", folder("state")],
                program: ChildProcess.command)
        }

        private func lastByte(of server: RawServer, after moment: Int64) -> Duration {
            .nanoseconds(max(server.record.lastByte - moment, 0))
        }

        /// When the mark of the opt-out was made: nanoseconds since boot.
        private func markTime() throws -> Int64 {
            var status = stat()
            try #require(stat(folder("state/opted-out"), &status) == 0)
            var now = timespec()
            clock_gettime(CLOCK_REALTIME, &now)
            let age = (now.tv_sec - status.st_ctim.tv_sec) * 1_000_000_000 + now.tv_nsec - status.st_ctim.tv_nsec
            return ftf_boot_nanoseconds() - Int64(age)
        }

        private func expectNothingStored(_ note: String) throws {
            let rows = try inspect(folder("state")) { try $0.connection.integer("SELECT count(*) FROM event") }
            #expect(rows == 0, "\(note): \(rows) events are stored")
            let spools = try folder.files(with: "Counted", below: "state/spool")
            #expect(spools.isEmpty, "\(note): these have events: \(spools)")
            #expect(try lawHolds(folder("state")))
        }

        /// Tracks and delivers, opts out meanwhile, and goes on tracking.
        private func optOut(
            _ note: String, server: RawServer, more: [String] = [], rate: Int = 300,
            by opting: (ChildProcess) throws -> Int64
        ) throws -> Duration {
            TemporaryDirectory.remove(folder("state"))
            let host = try ChildProcess.obeying(
                ["state=\(folder("state"))", server.segment, "flushAt=10", "interval=100"] + more)
            let before = server.record.heads.count
            _ = try host.ask("begin load \(rate) 500", "begun")
            let isUnderWay = poll(atMost: .seconds(10)) { server.record.heads.count > before }
            #expect(isUnderWay, "\(note): a request is under way")
            let moment = try opting(host)
            letPass(until: moment + Self.margin.nanoseconds + 300_000_000)
            let late = lastByte(of: server, after: moment)
            _ = try host.ask("halt", "halted")
            _ = try host.ask("store 5", "stored")
            try expectNothingStored(note)
            host.endInput()
            let ending = host.wait(atMost: .seconds(3_600))
            #expect(ending.isClean, "\(note): \(ending)")
            #expect(late <= Self.margin, "\(note): bytes came \(late) after the call")
            return late
        }

        /// After a restart on the same store nothing is sent either.
        private func expectSilentRestart(_ server: RawServer, _ note: String) throws {
            let before = server.record.bytes
            let again = try ChildProcess.run(
                ["deliver", "state=\(folder("state"))", server.segment, "count=10", "wait=500"])
            #expect(again.isClean, "\(note): \(again)")
            #expect(server.record.bytes == before, "\(note): it sends after a restart")
            try expectNothingStored("\(note), restarted")
        }

        @Test(arguments: ["in flight", "answered at once"])
        func nothingLeavesAfterAnOptOutInThisProcess(_ how: String) throws {
            let isSilent = how == "in flight"
            var worst = Duration.zero
            var held = 0
            let rounds = Reliability.count(short: 1, long: 100)
            for round in 0..<rounds {
                let server = try RawServer { _, _ in isSilent ? nil : RawServer.success }
                let late = try optOut("\(how) \(round)", server: server) {
                    try #require(Int64(try $0.ask("optout", "said")))
                }
                worst = max(worst, late)
                if late <= Self.margin { held += 1 }
                if round == 0 { try expectSilentRestart(server, how) }
            }
            Reliability.note(
                "25 opt-out, \(how)", tried: rounds, held: held,
                worst: "last byte \(worst.nanoseconds / 1_000_000) ms after the call")
        }

        @Test(arguments: ["in flight", "answered at once"])
        func nothingLeavesAfterAnOptOutInAnotherProcess(_ how: String) throws {
            let isSilent = how == "in flight"
            var worst = Duration.zero
            var held = 0
            let rounds = Reliability.count(short: 1, long: 100)
            for round in 0..<rounds {
                let server = try RawServer { _, _ in isSilent ? nil : RawServer.success }
                let late = try optOut("\(how) \(round)", server: server) { _ in
                    let ending = try command(["opt-out"])
                    #expect(ending.isClean, "\(ending)")
                    return try markTime()
                }
                worst = max(worst, late)
                if late <= Self.margin { held += 1 }
                if round == 0 { try expectSilentRestart(server, how) }
            }
            Reliability.note(
                "25 opt-out elsewhere, \(how)", tried: rounds, held: held,
                worst: "last byte \(worst.nanoseconds / 1_000_000) ms after the call")
        }

        @Test func nothingLeavesWhileAPluginTakesItsTime() throws {
            // Enough for many requests, stored before.
            let full = try ChildProcess.run(
                ["deliver", "state=\(folder("queued"))", "segment=http://127.0.0.1:1/v1/b", "count=8000", "wait=1"])
            #expect(full.isClean, "\(full)")
            let server = try RawServer { _, _ in
                letPass(.milliseconds(200))
                return RawServer.success
            }
            let host = try ChildProcess.obeying(["state=\(folder("queued"))", server.segment, "slow=2000"])
            _ = try host.ask("flush 100", "flushed")
            let isUnderWay = poll(atMost: .seconds(10)) { server.record.heads.count > 1 }
            #expect(isUnderWay)
            // From here on the pipeline is in the plugin.
            _ = try host.ask("track held 1 0 0", "tracked")
            host.write("store 0\n")
            var isHeld = false
            while !isHeld, let line = host.line() { isHeld = line == "held" }
            #expect(isHeld)
            _ = try host.ask("begin more 200 0", "begun")
            let moment = try #require(Int64(try host.ask("optout", "said")))
            letPass(until: moment + 1_500_000_000)
            let late = lastByte(of: server, after: moment)
            #expect(late <= Self.margin, "bytes came \(late) after the call")
            _ = try host.ask("halt", "halted")
            host.expectOrderlyEnd()
        }

        @Test func anOptOutHoldsThoughTheProcessDiesAtOnce() throws {
            let filled = try ChildProcess.run(
                ["deliver", "state=\(folder("state"))", "segment=http://127.0.0.1:1/v1/b", "count=100", "wait=1"])
            #expect(filled.isClean, "\(filled)")
            let killed = try ChildProcess.run(["optoutdie", "state=\(folder("state"))", "delivers=0"])
            #expect(killed.signal == SIGKILL, "\(killed)")
            let server = try RawServer()
            try expectSilentRestart(server, "killed")
        }

        @Test(.enabled(if: Need.tmpfs, "this machine mounts no tmpfs"))
        func staysSilentWhereNoFileCanBeMade() throws {
            let server = try RawServer()
            let disk = try #require(SmallDisk(folder("disk"), kilobytes: 16_384, files: 40))
            let host = try ChildProcess.obeying(["state=\(disk.path)/state", server.segment])
            _ = try host.ask("track before 3 10 0", "tracked")
            #expect(try host.ask("store 10", "stored") == "true")
            var files = 0
            while true {
                let file = open("\(disk.path)/\(files)", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
                guard file >= 0 else { break }
                close(file)
                files += 1
            }
            try #require(files > 0)
            let out = try ChildProcess.run(
                ["opt-out", "--state-dir", "\(disk.path)/state"],
                program: ChildProcess.command)
            #expect(out.status == 73, "\(out)")
            _ = try host.ask("optout", "said")
            let before = server.record.heads.count
            for _ in 1...5 {
                _ = try host.ask("track after 1 10 0", "tracked")
                _ = try host.ask("flush 200", "flushed")
            }
            #expect(server.record.heads.count == before)
            // As soon as there is room, the mark is written, which other processes see.
            for file in 0..<files { unlink("\(disk.path)/\(file)") }
            let isWritten = poll(atMost: .seconds(30)) { access("\(disk.path)/state/opted-out", F_OK) == 0 }
            #expect(isWritten)
            host.endInput()
            let ending = host.wait(atMost: .seconds(60))
            #expect(ending.isClean, "\(ending)")
        }

        @Test func staysSilentWithoutDescriptors() throws {
            let server = try RawServer()
            let host = try ChildProcess.obeying(["state=\(folder("state"))", server.segment])
            _ = try host.ask("track before 3 10 0", "tracked")
            #expect(try host.ask("store 10", "stored") == "true")
            _ = try host.ask("descriptors none", "descriptors")
            _ = try host.ask("optout", "said")
            _ = try host.ask("track meanwhile 5 10 0", "tracked")
            _ = try host.ask("descriptors some", "descriptors")
            let before = server.record.heads.count
            _ = try host.ask("track after 5 10 0", "tracked")
            _ = try host.ask("flush 500", "flushed")
            #expect(server.record.heads.count == before)
            let isWritten = poll(atMost: .seconds(30)) { access(folder("state/opted-out"), F_OK) == 0 }
            #expect(isWritten)
            host.expectOrderlyEnd()
            try expectNothingStored("without descriptors")
        }

        /// On a shared device the end of a visit leaves no traces and writes few bytes.
        @Test func aVisitsEndLeavesNothingAndWritesLittle() throws {
            let server = try RawServer()
            let host = try ChildProcess.obeying(["state=\(folder("state"))", server.segment])
            var worst = 0
            for visit in 1...3 {
                _ = try host.ask("visitor begin", "visitor")
                _ = try host.ask("identify needle-\(visit)", "identified")
                _ = try host.ask("track needle 20 200 0", "tracked")
                #expect(try host.ask("flush 10000", "flushed") == "0")
                // The rows of delivered events are removed a moment later.
                letPass(until: ftf_boot_nanoseconds() + 300_000_000)
                let before = try #require(Int(try host.ask("io", "io")))
                _ = try host.ask("visitor end", "visitor")
                #expect(try host.ask("store 10", "stored") == "true")
                letPass(until: ftf_boot_nanoseconds() + 300_000_000)
                worst = max(worst, try #require(Int(try host.ask("io", "io"))) - before)
            }
            #expect(worst <= 64 << 10, "\(worst) bytes for the end of a visit")
            #expect(try host.ask("flush 10000", "flushed") == "0")
            #expect(try poll { try folder.files(with: "needle", below: "state").isEmpty })
            host.expectOrderlyEnd()
            Reliability.note("visit's end", tried: 3, held: 3, worst: "\(worst) bytes written")
        }

        @Test func aDeletionRequestOutlivesRestartAndOptOut() throws {
            let offline = ["state=\(folder("state"))", "webhook=http://127.0.0.1:1/webhook"]
            let host = try ChildProcess.obeying([] + offline)
            _ = try host.ask("track before 10 0 0", "tracked")
            _ = try host.ask("store 5", "stored")
            _ = try host.ask("forget", "said")
            #expect(try host.ask("store 5", "stored") == "true")
            // It dies with the request in its store, and a command opts out.
            kill(host.id, SIGKILL)
            _ = host.wait(atMost: .seconds(20))
            let out = try command(["opt-out"])
            #expect(out.isClean, "\(out)")

            let server = try Server(folder)
            let again = try ChildProcess.run(["deliver", "state=\(folder("state"))", server.webhook, "count=10"])
            #expect(again.isClean && again.value("queued") == "0", "\(again.output)")
            let text = try server.text
            #expect(text.split(separator: "\n").count == 1 && text.contains(#""type":"delete""#), "\(text)")
        }
    }
}
