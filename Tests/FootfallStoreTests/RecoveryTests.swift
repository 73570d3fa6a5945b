// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc
import TestSupport
import Testing

@testable import FootfallStore

@Suite struct RecoveryTests {
    let directory = TemporaryDirectory()
    private var state: StateDirectory { StateDirectory(path: directory.path) }

    /// A store with events, one destination, keys and a session.
    private func fill(_ count: Int64) throws {
        try state.create()
        let store = try Store(path: state.database)
        try store.transaction(.full) { (_) throws(StoreError) in
            try store.destinations.add(id: 0, name: "d", key: "d", position: 0)
            try store.destinations.addRouted(count, to: 0)
            for id in 1...count {
                let body = Array("{\"n\":\(id),\"padding\":\"\(String(repeating: "x", count: 600))\"}".utf8)
                try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                    try store.events.add(id: id, routes: 1, priority: 1, stored: 0, body: bytes)
                }
            }
            try store.counters.add(count, to: CounterTable.rows)
            try store.counters.add(count + 1, to: CounterTable.nextEvent)
            try store.keyValue.set("analytics_session_id", "1700000000000")
            try store.spools.setLast(42, of: "spool")
        }
        store.connection.checkpoint(truncates: true)
    }

    private func change(_ body: (inout [UInt8]) -> Void) throws {
        var bytes = try SmallFile.read(state.database, limit: 1 << 26)
        body(&bytes)
        let file = open(state.database, O_WRONLY | O_TRUNC)
        _ = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        close(file)
    }

    @Test func leavesAStoreAloneThatIsNotDamaged() throws {
        try fill(10)
        let report = try StoreRecovery(state).run(stamp: 1)
        #expect(report == StoreRecovery.Report())
        #expect(try Store(path: state.database).connection.integer("SELECT count(*) FROM event") == 10)
    }

    @Test func salvagesWhatABrokenPageLeaves() throws {
        try fill(1_000)
        // A page in the middle of the events.
        try change { bytes in for index in (200 * 2_048)..<(202 * 2_048) { bytes[index] = 0xA5 } }
        let report = try StoreRecovery(state).run(stamp: 7)
        #expect(report.salvaged >= 900 && report.salvaged < 1_000, "\(report)")
        #expect(report.salvaged + report.lost == 1_000)
        #expect(report.aside == "\(state.database).corrupt-7")
        let store = try Store(path: state.database)
        #expect(try lawHolds(store))
        #expect(try store.keyValue.text("analytics_session_id") == "1700000000000")
        #expect(try store.spools.last(of: "spool") == 42, "or what is in the spool would be stored twice")
        #expect(try store.counters.value(CounterTable.nextEvent) == 1_001)
        #expect(try store.counters.value("dropped.corrupt") == report.lost)
        #expect(try store.counters.value(CounterTable.recoveries) == 1)
        let mode = try store.connection.prepare("PRAGMA journal_mode")
        #expect(try mode.step() && mode.text(0) == "wal", "as every other store")
        #expect(access("\(state.database).corrupt-7", F_OK) == 0)
    }

    @Test(arguments: [2_048, 100_000]) func salvagesWhatIsLeftOfAFileThatWasCutOff(_ bytes: Int) throws {
        try fill(1_000)
        try change { file in
            // The store keeps room behind its last page.
            let pages = file[28..<32].reduce(0) { $0 << 8 | Int($1) }
            file.removeLast(file.count - pages * 2_048 + bytes)
        }
        let report = try StoreRecovery(state).run(stamp: 7)
        #expect(report.salvaged >= 1_000 - 8 - Int64(bytes) / 600, "\(report)")
        #expect(report.salvaged + report.lost == 1_000)
        #expect(try lawHolds(Store(path: state.database)))
    }

    @Test(arguments: ["text", "zeros", "half", "header"]) func beginsAnewWhereNothingCanBeRead(_ damage: String) throws
    {
        try fill(100)
        try change { bytes in
            switch damage {
            case "text": bytes = Array("This is no database, and never was one. ".utf8)
            case "zeros": for index in bytes.indices { bytes[index] = 0 }
            case "half": bytes.removeLast(bytes.count / 2)
            default: for index in 0..<100 { bytes[index] = 0xFF }
            }
        }
        let report = try StoreRecovery(state).run(stamp: 1)
        let store = try Store(path: state.database)
        #expect(try lawHolds(store))
        #expect(report.aside != nil || damage == "zeros", "a file of zeros is an empty database to SQLite")
    }

    @Test func keepsTheNewestDamagedFileOnly() throws {
        for stamp in 1...3 {
            try fill(10)
            try change { bytes in bytes = Array("no database at all, for the \(stamp)th time".utf8) }
            _ = try StoreRecovery(state).run(stamp: Int64(stamp))
        }
        let kept = Listing.names(in: directory.path).filter { $0.contains("corrupt") && !$0.hasSuffix("-wal") }
        #expect(kept == ["store.db.corrupt-3"])
    }

    /// A database without one of its tables is damaged; the others can be read.
    private func fillAndDamage(_ sql: String) throws {
        try fill(100)
        try Store(path: state.database).connection.execute(sql + "; DROP TABLE kv")
    }

    @Test func givesNoIdAgainThatADestinationHasDone() throws {
        try fillAndDamage("UPDATE destination SET position = 500; DELETE FROM event; DELETE FROM counter")
        _ = try StoreRecovery(state).run(stamp: 1)
        let store = try Store(path: state.database)
        #expect(try store.counters.value(CounterTable.nextEvent) == 501, "or the next events would count as delivered")
        #expect(try lawHolds(store))
    }

    @Test func keepsEventsWhoseDestinationIsLostForTheNext() throws {
        try fillAndDamage("DELETE FROM destination")
        let report = try StoreRecovery(state).run(stamp: 1)
        #expect(report.salvaged == 100 && report.lost == 0)
        let store = try Store(path: state.database)
        #expect(try store.connection.integer("SELECT count(*) FROM event WHERE routes = 0") == 100)
    }

    @Test(arguments: [Int64.max, Int64.min, -1]) func copiesNoNumberThatNothingStored(_ number: Int64) throws {
        try fillAndDamage(
            """
            UPDATE event SET id = \(number) WHERE id = 3; UPDATE destination SET routed = \(number);
            UPDATE counter SET value = \(number) WHERE name = 'next.event'; UPDATE spool SET last = 'text'
            """)
        let report = try StoreRecovery(state).run(stamp: 1)
        #expect(report.salvaged == 99 && report.lost == 1)
        let store = try Store(path: state.database)
        #expect(try lawHolds(store))
        #expect(try store.counters.value(CounterTable.nextEvent) == 101)
    }

    @Test func repairsAStoreThatIsLargerThanItMayBeNow() throws {
        try fill(10_000)
        try Store(path: state.database).connection.execute("DROP TABLE kv")
        let report = try StoreRecovery(state, limits: StoreLimits(bytes: 1)).run(stamp: 1)
        #expect(report.salvaged == 10_000, "what is too much is evicted by rule")
    }

    @Test func aRemovalFindsWhatARepairLeft() throws {
        try state.create()
        for path in [state.salvaged, state.salvaging, "\(state.salvaging)-journal", state.aside(1)] {
            close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600))
        }
        #expect(state.damaged.count == 4)
        #expect(state.setAside == [state.aside(1)])
    }

    @Test func waitsWhileAnotherProcessHasTheStoreOpen() throws {
        try fill(10)
        try change { bytes in bytes = Array("no database".utf8) }
        let other = try StoreLock(sharing: state.storeLock)
        let error = #expect(throws: StoreError.self) { try StoreRecovery(state).run(stamp: 1) }
        #expect(error?.kind == .system(EBUSY))
        withExtendedLifetime(other) {}
    }

    @Test func survivesAnyDamage() throws {
        var random = SplitMix64()
        try fill(200)
        let whole = try SmallFile.read(state.database, limit: 1 << 26)
        for round in 0..<(getenv("FOOTFALL_SOAK") == nil ? 60 : 10_000) {
            try change { bytes in
                bytes = whole
                switch random.next() % 4 {
                case 0:
                    for _ in 0..<(1 + random.next() % 64) {
                        bytes[Int(random.next() % UInt64(bytes.count))] ^= UInt8(1 << (random.next() % 8))
                    }
                case 1: bytes.removeLast(Int(random.next() % UInt64(bytes.count)))
                case 2:
                    let page = Int(random.next() % UInt64(bytes.count / 4_096)) * 4_096
                    for index in page..<(page + 4_096) { bytes[index] = 0 }
                default:
                    let page = Int(random.next() % UInt64(bytes.count / 4_096)) * 4_096
                    for index in page..<(page + 4_096) { bytes[index] = UInt8(truncatingIfNeeded: random.next()) }
                }
            }
            unlink("\(state.database)-wal")
            unlink("\(state.database)-shm")
            #expect(throws: Never.self, "seed \(random.seed), round \(round)") {
                _ = try StoreRecovery(state).run(stamp: Int64(round))
            }
            // SQLite's check may overlook damage, which is an error when it is read.
            if let store = try? Store(path: state.database) { _ = try? lawHolds(store) }
        }
    }
}
