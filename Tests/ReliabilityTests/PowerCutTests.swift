// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// After a power cut at any moment the store is whole and has every event that was safe.
    ///
    /// A host writes to an ext4 file system in a file. It is stopped for a moment,
    /// the file is copied, and the copy is mounted: it has what was given to the
    /// device, not what the kernel kept.
    @Suite(.enabled(if: Need.loopDevice, "this machine mounts no images"))
    struct PowerCutTests {
        let folder = TemporaryDirectory()

        /// Events of the last five seconds may be lost; half a second more on a busy machine.
        private static let window = Duration.milliseconds(5_500)
        /// A first event is stored after a second at most.
        private static let first = Duration.milliseconds(2_500)

        /// A host that writes to an image of its own.
        private struct Writer {
            let image: DiskImage
            let host: ChildProcess
            let name: String
            let log: String

            init(_ folder: TemporaryDirectory, _ name: String, _ more: [String]) throws {
                self.name = name
                image = try DiskImage(folder, name)
                try #require(image.mount())
                log = folder("\(name).log")
                host = try ChildProcess(
                    [
                        "pace", "state=\(image.path)/state", "delivers=0", "segment=http://127.0.0.1:1/v1/b",
                        "run=\(name)", "log=\(log)",
                    ] + more)
            }

            /// When each call returned.
            var calls: [Int64] {
                get throws {
                    // Before its first call there is no log.
                    guard access(log, F_OK) == 0 else { return [] }
                    return try FileText(log).bytes().withUnsafeBytes { raw in
                        (0..<raw.count / 8).map { raw.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) }
                    }
                }
            }

            func end() {
                host.expectOrderlyEnd()
            }
        }

        private struct Cut {
            /// The age of the oldest event that is lost.
            var loss = Duration.zero
            var lost = 0
            var kept = 0
        }

        /// Cuts the power once, and counts what is left.
        private func cut(_ writer: Writer, _ number: Int, window: Duration) throws -> Cut {
            kill(writer.host.id, SIGSTOP)
            let moment = ftf_boot_nanoseconds()
            let copy = try DiskImage(cutting: writer.image, folder, "\(writer.name)-cut\(number)")
            let calls = try writer.calls
            kill(writer.host.id, SIGCONT)
            try #require(copy.mount(), "the file system is whole")
            let state = "\(copy.path)/state"
            let age = calls.first.map { Duration.nanoseconds(moment - $0) } ?? .zero
            let isThere = access("\(state)/store.db", F_OK) == 0
            #expect(isThere || age < Self.first, "there is no store after \(age)")
            if isThere { try checkStore(state, age) }

            let server = try Server(folder, name: "\(writer.name)-cut\(number).ndjson")
            let ending = try ChildProcess.run(["deliver", "state=\(state)", server.segment])
            #expect(ending.isClean && ending.value("queued") == "0", "\(ending.output)")
            #expect(ending.value("error") == nil, "\(ending.output)")
            let prefix = "\(writer.name)-"
            let found = try server.messageIds.filter { $0.hasPrefix(prefix) }
            var cut = Cut(kept: found.count)
            #expect(Set(found).count == found.count, "none is doubled")
            let known = Set(found)
            for (call, time) in calls.enumerated() where !known.contains("\(prefix)\(call)") {
                cut.lost += 1
                cut.loss = max(cut.loss, .nanoseconds(moment - time))
            }
            #expect(cut.loss <= window, "\(writer.name): \(cut.lost) lost, the oldest was \(cut.loss) old")
            unlink(folder("\(writer.name)-cut\(number).ndjson"))
            return cut
        }

        private func checkStore(_ state: String, _ age: Duration) throws {
            try inspect(state) { store in
                let check = try store.connection.prepare("PRAGMA quick_check")
                #expect(try check.step() && check.text(0) == "ok")
                let tables = try store.connection.integer(
                    "SELECT count(*) FROM sqlite_schema WHERE name IN ('event', 'kv', 'destination', 'sessions')")
                #expect(tables == 4, "the schema is there")
                let identity = try store.keyValue.text("analytics.identity").flatMap { try? JSONParser.parse($0) }
                let id = identity?.objectValue?["anonymousId"]?.stringValue
                #expect(id != nil || age < Self.first, "the identity is there after \(age)")
            }
        }

        private func report(_ name: String, _ cuts: [Cut], _ window: Duration) {
            let worst = cuts.map(\.loss).max() ?? .zero
            Reliability.note(
                name, tried: cuts.count, held: cuts.count { $0.loss <= window },
                worst: "\(worst.nanoseconds / 1_000_000) ms, \(cuts.map(\.lost).max() ?? 0) events lost")
        }

        @Test func losesAtMostFiveSecondsAndNothingThatWasSaidToBeSafe() throws {
            let kinds: [(name: String, arguments: [String], window: Duration)] = [
                ("often", ["rate=100"], Self.window), ("rarely", ["rate=4"], Self.window),
                ("durable", ["rate=50", "durable"], .zero),
            ]
            let writers = try kinds.map { try Writer(folder, $0.name, $0.arguments) }
            var all: [[Cut]] = kinds.map { _ in [] }
            var random = SplitMix64(seed: 7)
            // The first commit always waits for the disk; the test is about later ones.
            letPass(.seconds(6))
            for round in 0..<Reliability.count(short: 2, long: 67) {
                for kind in kinds.indices {
                    letPass(.milliseconds(Int64.random(in: 0...300, using: &random)))
                    all[kind].append(try cut(writers[kind], round, window: kinds[kind].window))
                }
            }
            for (kind, writer) in writers.enumerated() {
                writer.end()
                report("2 power cut, \(kinds[kind].name)", all[kind], kinds[kind].window)
            }
        }

        @Test func aFreshStoreIsWhole() throws {
            let longest = Int64(Reliability.count(short: 2_500, long: 10_000))
            var random = SplitMix64(seed: 9)
            var all: [Cut] = []
            for number in 0..<Reliability.count(short: 2, long: 50) {
                let writer = try Writer(folder, "fresh\(number)", ["rate=100"])
                letPass(.milliseconds(Int64.random(in: 0...longest, using: &random)))
                all.append(try cut(writer, 0, window: Self.window))
                writer.end()
            }
            report("3 power cut of a fresh store", all, Self.window)
        }
    }
}
