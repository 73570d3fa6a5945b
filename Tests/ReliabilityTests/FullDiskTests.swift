// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// The disk may fill up under a host that tracks, and be freed again.
    @Suite(.enabled(if: Need.tmpfs, "this machine mounts no tmpfs"))
    struct FullDiskTests {
        let folder = TemporaryDirectory()

        private struct Counted {
            var stored = 0
            var dropped = 0

            init(_ host: ChildProcess) throws {
                let numbers = try host.ask("counters", "counters").split(separator: " ").compactMap { Int($0) }
                try #require(numbers.count == 3)
                (stored, dropped) = (numbers[0], numbers[2])
            }
        }

        @Test(arguments: [256, 1_024, 16_384]) func goesOnWhenADiskThatWasFullIsFreed(_ kilobytes: Int) throws {
            let disk = try #require(SmallDisk(folder("disk"), kilobytes: 65_536))
            let host = try ChildProcess.obeying([
                "state=\(disk.path)/state", "delivers=0", "segment=http://127.0.0.1:1/v1/b",
            ])
            _ = try host.ask("track before 10 700 0", "tracked")
            #expect(try host.ask("store 10", "stored") == "true")
            disk.fill(leaving: kilobytes)

            // Three times what there is room for, a little slower than it can be stored.
            let calls = min(kilobytes * 3, 8_000)
            let bytes = kilobytes > 4_096 ? 4_000 : 700
            // A call that waited for room would not return: the disk is freed after all calls.
            let during = try #require(
                Int(try host.ask("track full \(calls) \(bytes) 100", "tracked", atMost: .seconds(60))))
            // The database grows by 128 KiB at once, so with less the disk is full for it.
            let isFull = disk.freeBytes < 131_072
            #expect(isFull, "\(disk.freeBytes) bytes are free: it was not what is tested")

            let begin = ftf_boot_nanoseconds()
            disk.free()
            var resumed: Duration?
            let isStored = try poll(atMost: .seconds(20)) {
                let isStored = try host.ask("store 10", "stored") == "true"
                if isStored, resumed == nil { resumed = .nanoseconds(ftf_boot_nanoseconds() - begin) }
                return isStored
            }
            #expect(isStored, "it stores again")
            _ = try host.ask("track after 100 700 0", "tracked")
            #expect(try host.ask("store 10", "stored") == "true")

            let counted = try Counted(host)
            // And the session's start.
            let called = 10 + calls + 100 + 1
            let difference = called - counted.stored - counted.dropped
            #expect(difference == 0, "\(called) called, \(counted.stored) stored, \(counted.dropped) dropped")
            #expect(try host.ask("close", "closed") == "true")
            host.expectOrderlyEnd()
            let rows = try inspect("\(disk.path)/state") { store in
                try store.connection.integer("SELECT count(*) FROM event WHERE instr(body, 'after-') > 0")
            }
            #expect(rows == 100, "what came later is there")
            #expect(try lawHolds("\(disk.path)/state"))
            Reliability.note(
                "5 full disk, \(kilobytes) KiB", tried: called, held: called - abs(difference),
                worst: "call \(during) µs, resumed after \((resumed ?? .zero).nanoseconds / 1_000_000) ms, "
                    + "\(counted.dropped) dropped")
        }

        /// Stored events are delivered, and that makes room, although the disk is full.
        @Test(arguments: [false, true]) func deliversFromADiskThatIsFull(_ startsLater: Bool) throws {
            let server = try Server(folder)
            let disk = try #require(SmallDisk(folder("disk"), kilobytes: 65_536))
            let words = ["obey", "state=\(disk.path)/state", server.segment]
            var host = try ChildProcess(words)
            _ = try #require(host.line())
            _ = try host.ask("track e 200 700 0", "tracked")
            #expect(try host.ask("store 10", "stored") == "true")
            // The client makes its reserve within seconds.
            let isKept = poll(atMost: .seconds(20)) { access("\(disk.path)/state/reserve", F_OK) == 0 }
            #expect(isKept, "room is kept for this")
            if startsLater {
                #expect(try host.ask("close", "closed") == "true")
                host.expectOrderlyEnd()
            }
            disk.fill(leaving: 4)
            #expect(disk.freeBytes < 65_536, "\(disk.freeBytes) bytes are free: it was not what is tested")
            if startsLater {
                host = try ChildProcess(words)
                _ = try #require(host.line())
            }
            #expect(try host.ask("flush 10000", "flushed") == "0")
            host.expectOrderlyEnd()
            let found = try server.messageIds
            #expect(Set(found).count == 201, "with the session's start")
            #expect(found.count == 201)
            #expect(try lawHolds("\(disk.path)/state"))
            Reliability.note(
                "5 full disk, \(startsLater ? "before the start" : "while it runs")", tried: 201,
                held: Set(found).count, worst: "all are delivered")
        }

        /// Each command is a process of its own, so a result that cannot be stored would send
        /// the batch again and again.
        @Test(arguments: [8_192, 65_536]) func sendsEachBatchOnceFromADiskWithoutAFreeByte(_ kilobytes: Int) throws {
            let server = try Server(folder)
            let disk = try #require(SmallDisk(folder("disk"), kilobytes: kilobytes))
            try store(2_000, in: disk.path, server)
            disk.fillWhole()
            #expect(disk.freeBytes == 0, "\(disk.freeBytes) bytes are free: it was not what is tested")
            try deliver(disk.path, server, expected: 2_001)
        }

        /// SQLite leaves holes in its -shm where blocks are smaller than 4 KiB; writing
        /// into one raises SIGBUS on a full disk.
        @Test(.enabled(if: Need.loopDevice, "this machine has no loop devices"))
        func livesOnWhereBlocksAreSmall() throws {
            let server = try Server(folder)
            let disk = try DiskImage(folder, "small", megabytes: 12, blockBytes: 1_024)
            try #require(disk.mount())
            try store(2_000, in: disk.path, server)
            disk.fillWhole()
            try deliver(disk.path, server, expected: 2_001)
        }

        /// Stores events that wait for a server, and ends.
        private func store(_ count: Int, in path: String, _ server: Server) throws {
            let host = try ChildProcess.obeying(["state=\(path)/state", "delivers=0", server.segment])
            _ = try host.ask("track e \(count) 700 0", "tracked")
            #expect(try host.ask("store 10", "stored") == "true")
            #expect(try host.ask("close", "closed") == "true")
            host.expectOrderlyEnd()
        }

        /// `track` cannot store, `status` can look, and a few runs of `flush` deliver all.
        private func deliver(_ path: String, _ server: Server, expected: Int) throws {
            let footfall = ChildProcess.command
            for round in 1...3 {
                let track = try ChildProcess.run(
                    ["track", "Full", "pad=\(String(repeating: "x", count: 4_000))", "--state-dir", "\(path)/state"],
                    program: footfall)
                #expect(track.signal == nil, "round \(round): \(track)")
                let status = try ChildProcess.run(["status", "--state-dir", "\(path)/state"], program: footfall)
                #expect(status.isClean, "round \(round): \(status)")
            }
            let destination = #"{"type": "segment", "endpoint": "\#(server.collector.url)/v1/b", "writeKey": "KEY"}"#
            try folder.write(#"{"destinations": [\#(destination)]}"#, to: "delivering.json")
            for _ in 1...8 {
                let flush = try ChildProcess.run(
                    [
                        "flush", "--config", folder("delivering.json"), "--state-dir", "\(path)/state", "--timeout",
                        "20",
                    ],
                    program: footfall)
                #expect(flush.signal == nil, "\(flush)")
            }
            let ids = try server.messageIds
            #expect(Set(ids).count >= expected, "with the session's start: \(Set(ids).count)")
            #expect(Set(ids).count == ids.count, "\(ids.count - Set(ids).count) came again")
            #expect(try lawHolds("\(path)/state"))
        }

        @Test func saysWhereAnImportStoppedOnAFullDisk() throws {
            let disk = try #require(SmallDisk(folder("disk"), kilobytes: 5_000))
            let line = #"{"type":"track","event":"\#(String(repeating: "x", count: 1_000))"}"#
            let input = folder("events.ndjson")
            let file = open(input, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            for _ in 0..<8_000 { _ = "\(line)\n".withCString { write(file, $0, strlen($0)) } }
            close(file)
            let footfall = ChildProcess.command
            let stopped = try ChildProcess.run(
                ["send", "--state-dir", "\(disk.path)/state", input], program: footfall)
            #expect(stopped.status == 73, "\(stopped.output)")
            // Not the session's start.
            let stored = try inspect("\(disk.path)/state") { store in
                try store.connection.integer("SELECT count(*) FROM event WHERE instr(body, 'xxx') > 0")
            }
            #expect(stored > 0 && stored < 8_000)
            #expect(stopped.output.contains("--from-line \(stored + 1)"), "\(stored) are stored: \(stopped.output)")
        }
    }
}
