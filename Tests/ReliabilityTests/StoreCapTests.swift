// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// More events come than the store may hold, and none is delivered.
    @Suite struct StoreCapTests {
        let folder = TemporaryDirectory()

        /// The database, its -wal, and the room that is kept for a full disk.
        private func size() -> Int {
            let state = StateDirectory(path: folder("state"))
            return [state.database, state.database + "-wal", state.reserve].reduce(0) { sum, path in
                var status = stat()
                return stat(path, &status) == 0 ? sum + Int(status.st_size) : sum
            }
        }

        @Test func staysWithinItsCapAndLosesTheLeastFirst() throws {
            let cap = 4 << 20
            let host = try ChildProcess.obeying([
                "state=\(folder("state"))", "delivers=0", "segment=http://127.0.0.1:1/v1/b", "size=\(cap)",
            ])
            _ = try host.ask("track c 20 400 0 critical", "tracked")
            _ = try host.ask("track l 200 400 0 low", "tracked")
            #expect(try host.ask("store 10", "stored") == "true")
            let span = Duration.seconds(Reliability.count(short: 3, long: 120))
            _ = try host.ask("begin e 2000 4000", "begun")
            let end = ftf_boot_nanoseconds() + span.nanoseconds
            var largest = 0
            var looks = 0
            while ftf_boot_nanoseconds() < end {
                largest = max(largest, size())
                looks += 1
                letPass(.microseconds(500))
            }
            let halted = try host.ask("halt", "halted").split(separator: " ").first.flatMap { Int($0) }
            let tracked = try #require(halted)
            #expect(try host.ask("store 60", "stored", atMost: .seconds(100)) == "true")
            largest = max(largest, size())
            let counters = try host.ask("counters", "counters").split(separator: " ").compactMap { Int($0) }
            host.expectOrderlyEnd()

            #expect(tracked * 4_000 > 2 * cap, "\(tracked) events: it is not what is tested")
            #expect(largest > cap / 2 && largest <= cap + 512 << 10, "\(largest) bytes")
            let (rows, critical, low, normal, first) = try inspect(folder("state")) { store in
                func number(_ what: String, _ prefix: String) throws -> Int {
                    let text = "\"messageId\":\"\(prefix)"
                    return Int(
                        try store.connection.integer("SELECT \(what) FROM event WHERE instr(body, '\(text)') > 0"))
                }
                return (
                    try number("count(*)", ""), try number("count(*)", "c-"), try number("count(*)", "l-"),
                    try number("count(*)", "e-"),
                    try number("min(CAST(substr(json_extract(body, '$.messageId'), 3) AS INTEGER))", "e-")
                )
            }
            #expect(critical == 20, "what is critical leaves last")
            #expect(low == 0, "what matters least leaves first")
            #expect(first == tracked - normal, "then the oldest: \(normal) of \(tracked) are left")
            // And the session's start.
            let difference = 220 + tracked + 1 - rows - (counters.last ?? 0)
            #expect(difference == 0, "\(rows) are there, \(counters) counted")
            #expect(try lawHolds(folder("state")))
            Reliability.note(
                "6 cap of \(cap >> 20) MiB", tried: tracked + 221, held: tracked + 221 - abs(difference),
                worst: "cap + \((largest - cap) / 1_024) KiB in \(looks) looks, \(rows) left")
        }
    }
}
