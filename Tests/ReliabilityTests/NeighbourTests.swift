// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A state directory in which another user, root above all, has run commands.
    @Suite struct NeighbourTests {
        let folder = TemporaryDirectory()
        /// A user without a name here.
        static let user: UInt32 = 65_533

        private func asUser(_ program: String, _ arguments: [String]) throws -> ProcessEnding {
            try ChildProcess.run(
                ["--reuid", "\(Self.user)", "--regid", "\(Self.user)", "--clear-groups", program] + arguments,
                program: "setpriv")
        }

        private func asRoot(_ arguments: [String], _ configuration: String) throws -> ProcessEnding {
            try ChildProcess.run(
                arguments + ["--config", configuration, "--state-dir", folder("home/state")],
                program: ChildProcess.command)
        }

        /// The files that belong to another user.
        private func foreign() throws -> [String] {
            let places = try ["home/state", "home/state/spool"].flatMap { directory in
                try folder.names(in: directory).map { "\(directory)/\($0)" }
            }
            return places.filter { place in
                var entry = stat()
                return lstat(folder(place), &entry) == 0 && entry.st_uid != Self.user
            }
        }

        @Test(.enabled(if: Need.otherUser)) func rootsCommandsLeaveNothingThatKeepsTheUserFromDelivering() throws {
            let server = try Server(folder)
            mkdir(folder("home"), 0o755)
            chown(folder("home"), Self.user, Self.user)
            chmod(folder.path, 0o755)
            let state = "state=\(folder("home/state"))"
            // No server listens at this port: the event waits.
            let first = try asUser(
                ChildProcess.host,
                ["deliver", state, "segment=http://127.0.0.1:9/v1/b", "count=1", "run=a", "wait=300"])
            #expect(first.isClean && first.value("queued") == "2", "\(first.output)")
            for name in ["uploader-segment.lock", "wake", "store.lock", "identity.json"] {
                unlink(folder("home/state/\(name)"))
            }
            #expect(try foreign().isEmpty)

            try folder.write(
                #"{"writeKey":"k","session":false,"destinations":[{"type":"segment","endpoint":"\#(server.collector.url)/v1/b"}]}"#,
                to: "c.json")
            let before = Set(try folder.names(in: "home/state"))
            for words in [["doctor"], ["status"], ["dead-letters"], ["visitor"], ["session"]] {
                let ending = try asRoot(words, folder("c.json"))
                #expect(ending.signal == nil && !ending.isOverdue, "\(words): \(ending.output)")
                let foreign = try foreign()
                #expect(foreign.isEmpty, "after \(words): \(foreign)")
            }
            let added = Set(try folder.names(in: "home/state")).subtracting(before)
            #expect(added.allSatisfy { $0.hasSuffix("-wal") || $0.hasSuffix("-shm") }, "\(added)")
            for words in [
                ["flush", "--timeout", "1"], ["track", "x"], ["identify", "u"], ["dead-letters", "retry"],
            ] {
                let ending = try asRoot(words, folder("c.json"))
                #expect(ending.signal == nil && !ending.isOverdue, "\(words): \(ending.output)")
                let foreign = try foreign()
                #expect(foreign.isEmpty, "after \(words): \(foreign)")
            }
            let last = try asUser(ChildProcess.host, ["deliver", state, server.segment, "count=1", "run=b"])
            #expect(last.isClean && last.value("queued") == "0", "\(last.output)")
            #expect(server.waitForEvents(3, atMost: .seconds(10)))
            let found = try server.messageIds
            #expect(Set(found).isSuperset(of: ["a-0", "b-0"]), "\(found)")
        }

        @Test(.enabled(if: Need.otherUser)) func aLockOfRootIsNamedWithItsCure() throws {
            let server = try Server(folder)
            mkdir(folder("home"), 0o755)
            chown(folder("home"), Self.user, Self.user)
            chmod(folder.path, 0o755)
            let state = "state=\(folder("home/state"))"
            _ = try asUser(ChildProcess.host, ["deliver", state, "count=0"])
            let lock = folder("home/state/uploader-segment.lock")
            try folder.write("", to: "home/state/uploader-segment.lock")
            // A flush of an hour ends at once where another user's lock blocks the delivery.
            let blocked = try asUser(
                ChildProcess.host, ["deliver", state, server.segment, "count=1", "run=a", "wait=3600000"])
            #expect(blocked.isClean && blocked.value("queued") == "2" && blocked.value("blocked") == "true")
            #expect(blocked.output.contains("sudo rm '\(lock)'"), "\(blocked.output)")
            try folder.write(#"{"writeKey":"k","session":false}"#, to: "c.json")
            chmod(folder("c.json"), 0o644)
            for isRoot in [false, true] {
                for words in [["doctor"], ["status"]] {
                    let all = words + ["--config", folder("c.json"), "--state-dir", folder("home/state")]
                    let ending =
                        try isRoot
                        ? ChildProcess.run(all, program: ChildProcess.command) : asUser(ChildProcess.command, all)
                    #expect(ending.output.contains("rm '\(lock)'"), "root: \(isRoot), \(words): \(ending.output)")
                }
            }
            unlink(lock)
            let last = try asUser(ChildProcess.host, ["deliver", state, server.segment])
            #expect(last.isClean && last.value("queued") == "0", "\(last.output)")
        }

        /// Eight processes retry or purge the same 40 dead letters.
        @Test func eightCommandsAtOnceTakeEachDeadLetterOnce() throws {
            let rounds = Reliability.count(short: 3, long: 100)
            var held = 0
            for round in 0..<rounds {
                let path = folder("state\(round)")
                try fill(path)
                let commands = try (0..<8).map { number in
                    let process = try ChildProcess(
                        ["dead-letters", number % 4 == 3 ? "purge" : "retry", "--state-dir", path, "--json"],
                        program: ChildProcess.command)
                    process.endInput()
                    return process
                }
                let counts = try commands.map { process in
                    let ending = process.wait(atMost: .seconds(60))
                    #expect(ending.isClean, "round \(round): \(ending)")
                    let answer = try JSONParser.parse(ending.output)
                    return Int(try #require(answer.objectValue?["count"]?.intValue))
                }
                let row = try #require(try inspect(path) { try $0.destinations.row(0) })
                let isSo =
                    try counts.reduce(0, +) == 40 && row.deadLettered == 0 && row.queued + row.dropped == 40
                    && lawHolds(path)
                #expect(isSo, "round \(round): \(counts), \(row)")
                held += isSo ? 1 : 0
            }
            Reliability.note("12 eight commands on the same dead letters", tried: rounds, held: held)
        }

        private func fill(_ path: String) throws {
            try StateDirectory(path: path).create()
            try inspect(path) { store in
                try store.transaction { (_) throws(StoreError) in
                    try store.destinations.add(id: 0, name: "a", key: "a", position: 40)
                    try store.destinations.add(id: 1, name: "b", key: "b", position: 0)
                    for id in 1...Int64(40) {
                        try Array("{}".utf8).withUnsafeBufferPointer { (bytes) throws(StoreError) in
                            try store.events.add(id: id, routes: 3, priority: 1, stored: 0, body: bytes)
                        }
                        try store.destinations.addDeadLetter(id, of: 0, reason: "bad", at: 5)
                    }
                    for id: Int64 in [0, 1] { try store.destinations.addRouted(40, to: id) }
                    try store.counters.add(40, to: CounterTable.rows)
                    try store.counters.add(41, to: CounterTable.nextEvent)
                }
            }
        }
    }
}
