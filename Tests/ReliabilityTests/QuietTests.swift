// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// What the client does to the disk and the processor of its host.
    @Suite struct QuietTests {
        let folder = TemporaryDirectory()

        private func host(_ more: [String] = []) throws -> ChildProcess {
            let host = try ChildProcess.obeying(
                ["state=\(folder("state"))", "delivers=0", "segment=http://127.0.0.1:1/v1/b"] + more)
            // The making of the store is not measured.
            _ = try host.ask("track first 1 0 0", "tracked")
            _ = try host.ask("store 10", "stored")
            return host
        }

        private func number(_ host: ChildProcess, _ word: String) throws -> Int {
            try #require(Int(try host.ask(word, word).split(separator: " ").first ?? ""))
        }

        private func end(_ host: ChildProcess) {
            host.expectOrderlyEnd()
        }

        /// At 100 events a second, and in bursts, at most five times the bytes of an event are written.
        @Test(arguments: [100, 0]) func writesAnEventFiveTimesAtMost(_ rate: Int) throws {
            let host = try host()
            let before = try number(host, "io")
            let count =
                rate > 0 ? Reliability.count(short: 200, long: 60_000) : Reliability.count(short: 5_000, long: 100_000)
            if rate > 0 {
                _ = try host.ask("begin w \(rate) 400", "begun")
                letPass(.milliseconds(count * 1_000 / rate))
                _ = try host.ask("halt", "halted")
            } else {
                _ = try host.ask("track w \(count) 400 0", "tracked", atMost: .seconds(100))
            }
            #expect(try host.ask("store 60", "stored", atMost: .seconds(100)) == "true")
            let written = try number(host, "io") - before
            end(host)
            let (rows, bytes) = try inspect(folder("state")) { store in
                (
                    try store.connection.integer("SELECT count(*) FROM event"),
                    try store.connection.integer("SELECT sum(length(body)) FROM event")
                )
            }
            let each = written / max(Int(rows), 1)
            let amplification = Double(written) / Double(max(bytes, 1))
            #expect(amplification <= 5, "\(each) bytes are written for an event of \(bytes / max(rows, 1))")
            let times = "\(Int(amplification * 10) / 10).\(Int(amplification * 10) % 10)"
            Reliability.note(
                "31 writes, \(rate > 0 ? "\(rate)/s" : "burst")", tried: Int(rows),
                held: amplification <= 5 ? Int(rows) : 0,
                worst: "\(each) bytes for an event of \(bytes / max(rows, 1)): \(times) times")
        }

        /// At one a second each event is a commit of its own.
        @Test func writesTwentyKibibytesAtMostForALoneEvent() throws {
            let host = try host()
            let before = try number(host, "io")
            let count = Reliability.count(short: 2, long: 120)
            _ = try host.ask("track lone \(count) 400 1000000", "tracked", atMost: .seconds(600))
            _ = try host.ask("store 10", "stored")
            let each = (try number(host, "io") - before) / count
            end(host)
            #expect(each <= 20 << 10, "\(each) bytes for each")
            Reliability.note(
                "31 writes, 1/s", tried: count, held: each <= 20 << 10 ? count : 0,
                worst: "\(each) bytes an event")
        }

        /// At most twelve syncs a minute while events come rarely, and none once all are safe. Only in
        /// the long form: what was stored is made safe seconds later.
        @Test(.enabled(if: isSoak && Need.strace, "it takes minutes; make soak runs it, where strace traces"))
        func syncsTwelveTimesAMinuteAtMost() throws {
            let minutes = 2
            let host = try ChildProcess(
                ["-f", "-qq", "-o", folder("syncs"), "-e", "trace=fdatasync,fsync,msync,sync_file_range"]
                    + [ChildProcess.host, "obey", "state=\(folder("state"))", "delivers=0"]
                    + ["segment=http://127.0.0.1:1/v1/b"], program: "strace")
            _ = try #require(host.line())
            func syncs() throws -> Int {
                try folder.text(of: "syncs").split(separator: "\n").count { $0.contains("sync(") }
            }
            _ = try host.ask("track first 1 0 0", "tracked")
            _ = try host.ask("store 10", "stored")
            letPass(.seconds(10))
            let first = try syncs()
            #expect(first > 0, "the store was made")
            _ = try host.ask("begin w 1 400", "begun")
            letPass(.seconds(minutes * 60))
            _ = try host.ask("halt", "halted")
            let dirty = try syncs() - first
            letPass(.seconds(10))
            let settled = try syncs()
            letPass(.seconds(60))
            let clean = try syncs() - settled
            end(host)
            #expect(dirty > 0 && dirty <= 12 * minutes, "\(dirty) syncs in \(minutes) minutes")
            #expect(clean == 0, "\(clean) syncs in a minute in which nothing came")
            Reliability.note(
                "31 syncs, 1/s", tried: minutes, held: dirty <= 12 * minutes && clean == 0 ? minutes : 0,
                worst: "\(dirty) in \(minutes) minutes, \(clean) in a minute at rest")
        }

        @Test func sleepsWhileNothingHappens() throws {
            let server = try Server(folder)
            let host = try ChildProcess.obeying([
                "state=\(folder("state"))", server.segment, "flushAt=20", "interval=30000",
            ])
            _ = try host.ask("track idle 50 100 0", "tracked")
            #expect(try host.ask("flush 10000", "flushed") == "0")
            // The client makes its reserve within seconds.
            var last = -1
            let isAtRest = try poll(atMost: .seconds(20)) {
                defer { letPass(.milliseconds(400)) }
                let now = try number(host, "switches")
                defer { last = now }
                return now == last
            }
            #expect(isAtRest, "it comes to rest")
            let switches = try host.ask("switches", "switches").split(separator: " ").compactMap { Int($0) }
            #expect(switches.count == 2 && switches[1] == 2, "two threads: \(switches)")
            let written = try number(host, "io")
            let span = Duration.seconds(Reliability.count(short: 2, long: 600))
            letPass(span)
            let after = try number(host, "switches") - switches[0]
            // The host's own answers are 20 bytes or so each.
            let more = try number(host, "io") - written
            end(host)
            #expect(after == 0, "its threads woke \(after) times in \(span)")
            #expect(more < 200, "\(more) bytes were written in \(span)")
            Reliability.note(
                "32 idle for \(span)", tried: 1, held: after == 0 && more < 200 ? 1 : 0,
                worst: "\(after) wake-ups, \(more) bytes (the host's own answers)")
        }
    }
}
