// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc
import Testing

extension Reliability {
    /// What an earlier version left is taken up, and what a later one left is not touched.
    ///
    /// `Fixtures/state-0.1.0` is a state directory whose process was killed: a store
    /// that lies in its -wal, with 31 events that wait for a server that said 503
    /// (and the start of a session), one dead letter, a user, and five events that
    /// are only in the spool. Each version that changes the schema adds its own.
    @Suite struct UpgradeTests {
        let folder = TemporaryDirectory()
        static let anonymousId = "edc66b08-fa61-431f-8c95-bd539e29a6c4"

        /// A copy to work on, readable by its owner only.
        private func copyOfTheState() throws {
            let fixture =
                "\(#filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex))/Fixtures/state-0.1.0"
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
            try #require(server.lines.first { $0.contains(#""messageId":"new-0""#) })
        }

        @Test func takesUpWhatTheFirstVersionLeft() throws {
            try copyOfTheState()
            let server = try Server(folder)
            let ending = try HostProcess.run(
                ["deliver", "state=\(folder("state"))", server.segment, "run=new", "count=1"])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending)")
            #expect(ending.value("error") == nil, "\(ending.output)")
            let expected = ids("old", 30) + ids("spooled", 5) + ids("new", 1)
            let count = Count(expected: expected, found: server.messageIds)
            #expect(count.isWhole, "\(count)")
            #expect(!server.messageIds.contains("bad-0"), "the dead letter stays one")
            let last = try newest(server)
            #expect(last.contains(#""userId":"visitor-42""#), "\(last)")
            #expect(last.contains(#""anonymousId":"\#(Self.anonymousId)""#), "\(last)")
            let (letters, version) = try inspect(folder("state")) { store in
                (
                    try store.connection.integer("SELECT dead_lettered FROM destination"),
                    try store.connection.integer("PRAGMA user_version")
                )
            }
            #expect(letters == 1 && version >= 1)
            #expect(try lawHolds(folder("state")))
            Reliability.note("23 state of 0.1.0", tried: expected.count, held: count.once)
        }

        /// As after going back to an earlier version.
        @Test func leavesTheStoreOfALaterVersionAlone() throws {
            try copyOfTheState()
            try inspect(folder("state")) { try $0.connection.execute("PRAGMA user_version = 99") }
            let before = try SmallFile.read(folder("state/store.db"), limit: 1 << 20)
            let server = try Server(folder)
            let ending = try HostProcess.run(
                ["deliver", "state=\(folder("state"))", server.segment, "run=new", "count=1"])
            #expect(ending.isClean, "\(ending)")
            #expect(ending.value("error")?.contains("99") == true, "it says so: \(ending.output)")
            let last = try newest(server)
            #expect(last.contains(#""anonymousId":"\#(Self.anonymousId)""#), "\(last)")
            #expect(try SmallFile.read(folder("state/store.db"), limit: 1 << 20) == before)
            #expect(Listing.names(in: folder("state")).allSatisfy { !$0.contains(".corrupt-") })
            Reliability.note("23 state of a later version", tried: 1, held: 1)
        }
    }
}
