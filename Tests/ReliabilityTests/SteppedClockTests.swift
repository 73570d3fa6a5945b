// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import TestSupport
import Testing

extension Reliability {
    /// The command under libfaketime, which changes wall time and leaves boot time.
    @Suite struct SteppedClockTests {
        let folder = TemporaryDirectory()

        private func track(_ name: String, clock: String) throws {
            let command = ChildProcess.command
            let ending = try ChildProcess.run(
                ["-m", "-f", clock, command, "track", name, "--state-dir", folder("state")], program: "faketime",
                environment: ["FAKETIME_DONT_FAKE_MONOTONIC": "1"])
            try #require(ending.isClean, "\(ending)")
        }

        private func sessions() throws -> (names: [String], ids: Set<Int64>, clocks: Int64) {
            let events = try storedEvents(folder("state"))
            let ids = events.map {
                $0["integrations"]?.objectValue?["Actions Amplitude"]?.objectValue?["session_id"]?.intValue ?? 0
            }
            let clocks = try inspect(folder("state")) { try $0.connection.integer("SELECT count(*) FROM clock") }
            return (events.map { $0["event"]?.stringValue ?? "?" }, Set(ids), clocks)
        }

        @Test func aClockThatIsSetBackAndForwardSplitsNothing() throws {
            for (name, clock) in [("A", "+0"), ("B", "-1h"), ("C", "+1d"), ("D", "+0"), ("E", "-3650d")] {
                try track(name, clock: clock)
            }
            let found = try sessions()
            #expect(found.names == ["session_start", "A", "B", "C", "D", "E"])
            #expect(found.ids.count == 1)
            #expect(found.clocks == 4, "now, an hour back, a day ahead, ten years back")
        }

        @Test func aDeviceThatStartsIn1970SplitsNothing() throws {
            try track("A", clock: "@1970-01-01 00:10:00")
            try track("B", clock: "+0")
            let found = try sessions()
            #expect(found.names == ["session_start", "A", "B"])
            #expect(found.ids.count == 1)
        }
    }
}
