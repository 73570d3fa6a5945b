// SPDX-License-Identifier: MIT
import CReliability
import Footfall
import FootfallStore
import Glibc
import TestSupport
import Testing

extension Reliability {
    /// A recovery that is killed at any change of a file loses nothing: it runs after power cuts.
    @Suite struct RecoveryTests {
        let folder = TemporaryDirectory()
        private let events: Int64 = isSoak ? 2_000 : 100
        /// So many of the events are in the -wal only.
        private let logged: Int64 = 20

        /// A store of a destination's events with one page of events spoilt.
        private func makeDamagedStore() throws {
            let state = StateDirectory(path: folder("damaged"))
            try state.create()
            let store = try Store(path: state.database)
            for part in [1...(events - logged), (events - logged + 1)...events] {
                try store.transaction(.full) { (_) throws(StoreError) in
                    if part.lowerBound == 1 { try store.destinations.add(id: 0, name: "d", key: "d", position: 0) }
                    for id in part {
                        let body = Array(
                            #"{"messageId":"r-\#(id)","padding":"\#(String(repeating: "x", count: 600))"}"#.utf8)
                        try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                            try store.events.add(id: id, routes: 1, priority: 1, stored: 0, body: bytes)
                        }
                    }
                    try store.destinations.addRouted(Int64(part.count), to: 0)
                    try store.counters.add(Int64(part.count), to: CounterTable.rows)
                    try store.counters.add(Int64(part.count), to: CounterTable.stored)
                    if part.lowerBound == 1 { try store.counters.add(1, to: CounterTable.nextEvent) }
                    try store.counters.add(Int64(part.count), to: CounterTable.nextEvent)
                }
                if part.lowerBound == 1 { store.connection.checkpoint(truncates: true) }
            }
            // The -wal stays: another process was killed.
            let file = open(state.database, O_WRONLY | O_CLOEXEC)
            defer { close(file) }
            let spoilt = [UInt8](repeating: 0xA5, count: 2_048)
            #expect(pwrite(file, spoilt, spoilt.count, 30 * 2_048) == spoilt.count)
        }

        private func copyOfTheStore(_ name: String) throws -> StateDirectory {
            let copy = StateDirectory(path: folder(name))
            try copy.create()
            for file in ["store.db", "store.db-wal"] {
                let bytes = try SmallFile.read(folder("damaged/\(file)"), limit: 1 << 26)
                try Self.write(bytes, to: "\(copy.path)/\(file)")
            }
            return copy
        }

        private static func write(_ bytes: [UInt8], to path: String) throws {
            let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            defer { close(file) }
            try #require(bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) } == bytes.count)
        }

        /// Repairs in a process that dies before its `nth` change; 0 lets it end.
        private func recover(_ state: StateDirectory, untilChange nth: Int) throws -> (changes: Int, isDead: Bool) {
            let words = CStrings([ChildProcess.host, "recover", "state=\(state.path)"])
            let trace = reliability_run_until(ChildProcess.host, words.pointers, Int32(nth), 60)
            try #require(trace.status >= 0, "it cannot be traced")
            let isDead = trace.status & 0x7F == SIGKILL
            #expect(isDead || trace.status == 0, "it ended with \(trace.status)")
            return (Int(trace.changes), isDead)
        }

        private struct Sums: Equatable {
            var saved: Int64
            var counted: Int64
        }

        private func sums(_ state: StateDirectory) throws -> Sums {
            try inspect(state.path) { store in
                Sums(
                    saved: try store.connection.integer("SELECT count(*) FROM event"),
                    counted: try store.counters.value(CounterTable.droppedPrefix + "corrupt"))
            }
        }

        @Test func aRecoverySavesAsMuchWhereverItIsKilled() throws {
            try makeDamagedStore()
            let whole = try copyOfTheStore("whole")
            let changes = try recover(whole, untilChange: 0).changes
            let expected = try sums(whole)
            #expect(expected.saved >= events - 8 && expected.saved < events, "\(expected)")
            #expect(expected.saved + expected.counted == events, "\(expected)")

            let seed: UInt64 = 20_261_128
            var random = SplitMix64(seed: seed)
            let rounds = Reliability.count(short: 100, long: 1_000)
            var held = 0
            for round in 0..<rounds {
                let state = try copyOfTheStore("round")
                defer { TemporaryDirectory.remove(state.path) }
                // Each change in turn. After the last, and in every tenth round, a second kill at a random change.
                let anywhere = Int.random(in: 1...changes, using: &random)
                let first = round >= changes ? anywhere : 1 + (rounds < changes ? round * changes / rounds : round)
                _ = try recover(state, untilChange: first)
                if round >= changes || round.isMultiple(of: 10) {
                    _ = try recover(state, untilChange: Int.random(in: 1...changes, using: &random))
                }
                _ = try StoreRecovery(state).run(stamp: 2)
                let found = try sums(state)
                #expect(found == expected, "killed at change \(first) of \(changes), seed \(seed): \(found)")
                #expect(try lawHolds(state.path))
                let left = Listing.names(in: state.path).filter { $0.hasPrefix("store.db.") }
                #expect(left.count == 2, "the damaged file and its -wal, once: \(left)")
                let damaged = try SmallFile.read(folder("damaged/store.db"), limit: 1 << 26)
                let aside = try #require(left.first)
                #expect(try SmallFile.read("\(state.path)/\(aside)", limit: 1 << 26) == damaged)
                if found == expected { held += 1 }
            }
            Reliability.note(
                "4 kills during a recovery of \(changes) changes", tried: rounds, held: held, worst: "\(expected)")
        }

        @Test(.enabled(if: Need.tmpfs, "this machine mounts no tmpfs"))
        func waitsForRoomAndLosesNothing() throws {
            try makeDamagedStore()
            let whole = try copyOfTheStore("whole")
            _ = try StoreRecovery(whole).run(stamp: 1)
            let disk = try #require(SmallDisk(folder("disk"), kilobytes: 16_384))
            let state = try copyOfTheStore("disk/state")
            for kilobytes in [0, 8, 32, 64] {
                disk.fill(leaving: kilobytes)
                let error = #expect(throws: StoreError.self) { try StoreRecovery(state).run(stamp: 2) }
                #expect(error?.isFull == true, "\(kilobytes) KiB: \(String(describing: error))")
                disk.free()
            }
            _ = try StoreRecovery(state).run(stamp: 3)
            #expect(try sums(state) == sums(whole))
        }

        /// Each program that opens the store must look, not only the one that repairs.
        @Test func aStartFinishesWhatAKilledOneLeft() throws {
            try makeDamagedStore()
            let whole = try copyOfTheStore("whole")
            let changes = try recover(whole, untilChange: 0).changes
            let expected = try sums(whole)
            // Backwards from the last change to those between which the repaired file waits for its place.
            var point = changes
            while point > 0, try !waits(untilChange: point) { point -= 1 }
            try #require(point > 0, "a repaired file waited for its place")
            for point in [point, point - 2] {
                try #require(try waits(untilChange: point))
                let seen = try StoreReader(StateDirectory(path: folder("state"))).read { (store) throws(StoreError) in
                    try store.connection.integer("SELECT count(*) FROM event")
                }
                #expect(seen == expected.saved, "who looks meanwhile sees what was saved")
                let ending = try ChildProcess.run(["adopt", "state=\(folder("state"))", "delivers=0"])
                #expect(ending.isClean && ending.value("stored") == "true", "\(ending)")
                let saved = "\(expected.saved) event\(expected.saved == 1 ? "" : "s")"
                let told = "saved \(saved), lost \(expected.counted)"
                #expect(ending.value("error")?.contains(told) == true, "\(ending.output)")
                #expect(try sums(StateDirectory(path: folder("state"))) == expected)
                #expect(try folder.names(in: "state").allSatisfy { !$0.contains("salvag") })
            }
        }

        /// Whether a repair that dies before a change leaves a repaired file that waits.
        private func waits(untilChange point: Int) throws -> Bool {
            TemporaryDirectory.remove(folder("state"))
            let state = try copyOfTheStore("state")
            _ = try recover(state, untilChange: point)
            return access("\(state.path)/store.db.salvaged", F_OK) == 0
        }
    }
}
