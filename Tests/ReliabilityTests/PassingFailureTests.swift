// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A process may have no descriptor left for a moment, and may be limited in the length
    /// of its files.
    @Suite struct PassingFailureTests {
        let folder = TemporaryDirectory()

        private func rows(_ name: String) throws -> Int64 {
            try inspect(folder("state")) { store in
                try store.connection.integer("SELECT count(*) FROM event WHERE instr(body, '\(name)') > 0")
            }
        }

        @Test func storesWhatWasCalledWithoutDescriptors() throws {
            let host = try ChildProcess.obeying([
                "state=\(folder("state"))", "delivers=0", "segment=http://127.0.0.1:1/v1/b",
            ])
            _ = try host.ask("descriptors none", "descriptors")
            _ = try host.ask("track during 101 10 100", "tracked")
            letPass(until: ftf_boot_nanoseconds() + 1_500_000_000)
            _ = try host.ask("descriptors some", "descriptors")
            let isStored = try poll(atMost: .seconds(20)) { try host.ask("store 5", "stored") == "true" }
            #expect(isStored, "it stores again")
            #expect(try host.ask("close", "closed") == "true")
            host.expectOrderlyEnd()
            #expect(try rows("during-") == 101)
            #expect(try lawHolds(folder("state")))
        }

        /// RLIMIT_FSIZE would end the host with SIGXFSZ.
        @Test(arguments: [0, 4_096, 100_000, 400_000])
        func livesOnWhereFilesMayNotBecomeLong(_ limit: Int) throws {
            let host = try ChildProcess.obeying([
                "state=\(folder("state"))", "delivers=0", "segment=http://127.0.0.1:1/v1/b",
            ])
            _ = try host.ask("track before 3 10 0", "tracked")
            _ = try host.ask("store 5", "stored")
            _ = try host.ask("filelimit \(limit)", "filelimit")
            _ = try host.ask("track during 500 900 0", "tracked", atMost: .seconds(30))
            _ = try host.ask("store 2", "stored")
            _ = try host.ask("filelimit -1", "filelimit")
            _ = try host.ask("track after 10 10 0", "tracked")
            let isStored = try poll(atMost: .seconds(20)) { try host.ask("store 5", "stored") == "true" }
            #expect(isStored, "it stores again")
            #expect(try host.ask("close", "closed") == "true")
            host.expectOrderlyEnd()
            #expect(try rows("after-") == 10)
            #expect(try lawHolds(folder("state")))
        }
    }
}
