// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// No child gets a descriptor of the client, and the client goes on after a moment without any.
    @Suite struct DescriptorTests {
        let folder = TemporaryDirectory()

        /// The numbers of the sockets of socketpair(2): libcurl wakes its own threads by them.
        private func ownPairs() throws -> Set<Substring> {
            let words = try FileText("/proc/net/unix").text().split(separator: "\n").dropFirst().map {
                $0.split(separator: " ")
            }
            return Set(words.filter { $0.count == 7 }.map { $0[6] })
        }

        /// What a program that the host starts finds open, as `ls` shows it.
        private func inherited(by host: ChildProcess) throws -> [Substring] {
            host.write("spawn ls -l /proc/self/fd\n")
            var found: [Substring] = []
            while let line = host.line() {
                if line.hasPrefix("spawned ") { break }
                if let arrow = line.firstIndex(of: ">") { found.append(line[line.index(arrow, offsetBy: 2)...]) }
            }
            return found
        }

        private func expectNothingInherited(_ host: ChildProcess, _ note: String) throws {
            let found = try inherited(by: host)
            #expect(found.count >= 4, "\(note): the three and the directory: \(found)")
            let pairs = try ownPairs()
            for name in found {
                #expect(!name.hasPrefix("anon_inode:") && !name.hasPrefix(folder.path), "\(note): \(name)")
                guard name.hasPrefix("socket:[") else { continue }
                let number = name.dropFirst(8).prefix { $0 != "]" }
                #expect(pairs.contains(number), "\(note): a child has \(name) of the network")
            }
        }

        private func obeying(_ address: String) throws -> ChildProcess {
            let host = try ChildProcess.obeying(["state=\(folder("state"))", address])
            _ = try host.ask("track a 10 0 0", "tracked")
            return host
        }

        @Test func aChildGetsNoConnection() throws {
            let silent = try RawServer { _, _ in nil }
            let waiting = try obeying(silent.segment)
            _ = try waiting.ask("flush 300", "flushed")
            let isUnderWay = poll(atMost: .seconds(10)) { !silent.record.heads.isEmpty }
            #expect(isUnderWay)
            try expectNothingInherited(waiting, "a request is under way")
            waiting.expectOrderlyEnd()

            let server = try RawServer()
            let kept = try obeying(server.segment)
            #expect(try kept.ask("flush 10000", "flushed") == "0")
            try expectNothingInherited(kept, "the connection is kept for the next batch")
            kept.expectOrderlyEnd()

            let listener = try Listener(.neverAnswers)
            let shaking = try obeying(listener.segment)
            _ = try shaking.ask("flush 300", "flushed")
            let isAccepted = poll(atMost: .seconds(10)) { listener.accepted > 0 }
            #expect(isAccepted)
            try expectNothingInherited(shaking, "in the midst of a handshake")
            shaking.expectOrderlyEnd()
        }

        @Test func deliversAfterAMomentWithoutDescriptors() throws {
            let server = try RawServer()
            let host = try ChildProcess.obeying(["state=\(folder("state"))", server.segment])
            // The uploader has all descriptors that it needs, but libcurl is not loaded.
            _ = try host.ask("flush 10000", "flushed")
            _ = try host.ask("descriptors none", "descriptors")
            _ = try host.ask("track a 10 0 0", "tracked")
            #expect(try host.ask("flush 100", "flushed") != "0")
            _ = try host.ask("descriptors some", "descriptors")
            // libcurl is loaded again two seconds after it could not be loaded.
            let isDelivered = try poll(atMost: .seconds(20)) { try host.ask("flush 250", "flushed") == "0" }
            #expect(isDelivered)
            host.endInput()
            let ending = host.wait(atMost: .seconds(60))
            #expect(ending.isClean && ending.value("error transportUnavailable") == nil, "\(ending)")
            #expect(ending.output.contains("libcurl cannot be loaded now"), "it says why: \(ending.output)")
            #expect(try lawHolds(folder("state")))
        }

        @Test func hearsOtherProcessesAfterAMomentWithoutDescriptors() throws {
            let server = try RawServer()
            let host = try ChildProcess.obeying(["state=\(folder("state"))", server.segment])
            _ = try host.ask("store 10", "stored")
            // The uploader starts while no descriptor is left.
            _ = try host.ask("descriptors none", "descriptors")
            _ = try host.ask("flush 100", "flushed")
            _ = try host.ask("descriptors some", "descriptors")
            let isDelivered = try poll(atMost: .seconds(20)) {
                _ = try host.ask("track a 10 0 0", "tracked")
                return try host.ask("flush 250", "flushed") == "0"
            }
            #expect(isDelivered, "from here on it delivers for all")
            _ = try host.ask("track b 10 0 0", "tracked")
            _ = try host.ask("store 10", "stored")
            let command = ChildProcess.command
            let isHeard = try poll(atMost: .seconds(20)) {
                try ChildProcess.run(
                    ["flush", "--timeout", "3", "--state-dir", folder("state")], program: command,
                    environment: ["FOOTFALL_ENDPOINT": "http://\(server.address)/v1/b", "FOOTFALL_WRITE_KEY": "KEY"]
                ).isClean
            }
            #expect(isHeard)
            host.expectOrderlyEnd()
        }
    }
}
