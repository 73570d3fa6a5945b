// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A store of an earlier version is used, and a store of a later version is not touched.
    ///
    /// `Fixtures/state-0.1.0` is a state directory whose process was killed: a store
    /// that lies in its -wal, with 31 events that wait for a server that said 503
    /// (and the start of a session), one dead letter, a user, and five events that
    /// are only in the spool. `Fixtures/state-2026-11-28` is the same of the last
    /// version before names were compared by their bytes and a repair left a file
    /// that waits. Each version that changes what is on the disk adds its own.
    @Suite struct UpgradeTests {
        let folder = TemporaryDirectory()
        private static let fixtures = [
            "state-0.1.0": "edc66b08-fa61-431f-8c95-bd539e29a6c4",
            "state-2026-11-28": "22cf0c78-d505-418f-a406-bc375e50bf03",
        ]

        /// A copy to work on, readable by its owner only.
        private func copyOfTheState(_ name: String = "state-0.1.0") throws {
            let fixture =
                "\(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))/Fixtures/\(name)"
            mkdir(folder("state"), 0o700)
            mkdir(folder("state/spool"), 0o700)
            var names = Listing.names(in: fixture).filter { $0 != "spool" }
            names += Listing.names(in: "\(fixture)/spool").map { "spool/\($0)" }
            try #require(names.count == 5, "\(names)")
            for name in names {
                let bytes = try SmallFile.read("\(fixture)/\(name)", limit: 1 << 20)
                let file = open(folder("state/\(name)"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
                let written = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
                close(file)
                try #require(written == bytes.count)
            }
        }

        private func newest(_ server: Server) throws -> Substring {
            try #require(try server.lines.first { $0.contains(#""messageId":"new-0""#) })
        }

        @Test(arguments: fixtures.keys.sorted()) func takesUpWhatAnEarlierVersionLeft(_ name: String) throws {
            try copyOfTheState(name)
            let server = try Server(folder)
            let ending = try ChildProcess.run(
                ["deliver", "state=\(folder("state"))", server.segment, "run=new", "count=1"])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending)")
            #expect(ending.value("error") == nil, "\(ending.output)")
            let tally = try server.tally(["old": 30, "spooled": 5, "new": 1])
            #expect(tally.isWhole, "\(tally)")
            #expect(try !server.messageIds.contains("bad-0"), "the dead letter stays one")
            let last = try newest(server)
            #expect(last.contains(#""userId":"visitor-42""#), "\(last)")
            let anonymousId = try #require(Self.fixtures[name])
            #expect(last.contains(#""anonymousId":"\#(anonymousId)""#), "\(last)")
            let (letters, version) = try inspect(folder("state")) { store in
                (
                    try store.connection.integer("SELECT dead_lettered FROM destination"),
                    try store.connection.integer("PRAGMA user_version")
                )
            }
            #expect(letters == 1 && version >= 1)
            #expect(try lawHolds(folder("state")))
            Reliability.note("23 \(name)", tried: tally.expected, held: tally.once)
        }

        /// As after going back to an earlier version.
        @Test func leavesTheStoreOfALaterVersionAlone() throws {
            try copyOfTheState()
            try inspect(folder("state")) { try $0.connection.execute("PRAGMA user_version = 99") }
            let before = try SmallFile.read(folder("state/store.db"), limit: 1 << 20)
            let server = try Server(folder)
            let ending = try ChildProcess.run(
                ["deliver", "state=\(folder("state"))", server.segment, "run=new", "count=1"])
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("error")?.contains("99") == true, "it says so: \(ending.output)")
            let last = try newest(server)
            let anonymousId = try #require(Self.fixtures["state-0.1.0"])
            #expect(last.contains(#""anonymousId":"\#(anonymousId)""#), "\(last)")
            #expect(try SmallFile.read(folder("state/store.db"), limit: 1 << 20) == before)
            #expect(try folder.names(in: "state").allSatisfy { !$0.contains(".corrupt-") })
            Reliability.note("23 state of a later version", tried: 1, held: 1)
        }

        /// Not at once: one after the other, as where a machine has both installed.
        @Test(.enabled(if: Need.earlierCommand, "FOOTFALL_EARLIER_COMMAND names no command of an earlier version"))
        func sharesAStoreWithTheCommandOfAnEarlierVersion() throws {
            let earlier = String(cString: try #require(getenv("FOOTFALL_EARLIER_COMMAND")))
            let server = try Server(folder)
            try folder.write(
                """
                {"session": false, "destinations": [{"type": "segment", "writeKey": "KEY", "endpoint": \
                "\(server.collector.url)/v1/b"}]}
                """, to: "config.json")
            let place = ["--config", folder("config.json"), "--state-dir", folder("state")]
            let rounds = 50
            for round in 0..<rounds {
                let commands =
                    round.isMultiple(of: 2) ? [earlier, ChildProcess.command] : [ChildProcess.command, earlier]
                for (turn, command) in commands.enumerated() {
                    let lines = (0..<10).map {
                        #"{"type":"track","event":"é","messageId":"c\#(turn)-\#(round * 10 + $0)","properties":{"é":1}}"#
                    }
                    try folder.write(lines.joined(separator: "\n"), to: "in.ndjson")
                    let sent = try ChildProcess.run(["send", folder("in.ndjson")] + place, program: command)
                    #expect(sent.isClean, "\(sent)")
                    #expect(try lawHolds(folder("state")), "round \(round)")
                }
                // Half of what waits is of the other's.
                guard round % 5 == 4 else { continue }
                let flushed = try ChildProcess.run(["flush"] + place, program: commands[0])
                #expect(flushed.isClean, "\(flushed)")
            }
            #expect(try ChildProcess.run(["flush"] + place, program: earlier).isClean)
            #expect(try ChildProcess.run(["status"] + place, program: earlier).isClean)
            let tally = try server.tally(["c0": rounds * 10, "c1": rounds * 10])
            #expect(tally.isWhole, "\(tally)")
            let ledger = try Ledger(folder("state"))
            #expect(ledger.isWhole && ledger.routed == 1_000 && ledger.queued == 0, "\(ledger)")
            Reliability.note("24 two versions on one store", tried: tally.expected, held: tally.once)
        }

        /// Earlier versions recognise a request by its text, this one by its priority.
        @Test(
            .enabled(if: Need.earlierCommand, "FOOTFALL_EARLIER_COMMAND names no command of an earlier version"),
            arguments: [true, false])
        func deliversADeletionRequestThatAnotherVersionStored(isOfEarlierVersion: Bool) throws {
            let earlier = String(cString: try #require(getenv("FOOTFALL_EARLIER_COMMAND")))
            let commands = isOfEarlierVersion ? [earlier, ChildProcess.command] : [ChildProcess.command, earlier]
            func run(_ words: [String], _ command: String, endpoint: String = "http://127.0.0.1:1/webhook") throws {
                try folder.write(
                    #"{"destinations": [{"type": "webhook", "name": "hook", "endpoint": "\#(endpoint)"}]}"#,
                    to: "config.json")
                let place = ["--config", folder("config.json"), "--state-dir", folder("state")]
                let ending = try ChildProcess.run(words + place, program: command)
                #expect(ending.isClean, "\(words): \(ending)")
            }
            try run(["identify", "u-1"], commands[0])
            try run(["forget"], commands[0])
            try run(["opt-out"], commands[1])
            let server = try Server(folder)
            try run(["flush"], commands[1], endpoint: "\(server.collector.url)/webhook")
            let text = try server.text
            #expect(text.split(separator: "\n").count == 1 && text.contains(#""type":"delete""#), "\(text)")
            #expect(text.contains("u-1"))
            #expect(try Ledger(folder("state")).queued == 0)
        }
    }
}
