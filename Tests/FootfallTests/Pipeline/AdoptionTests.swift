// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc
import TestSupport
import Testing

@testable import Footfall

@Suite struct AdoptionTests {
    let directory = TemporaryDirectory()
    private var state: StateDirectory { StateDirectory(path: directory.path) }

    /// The spool of a process that was killed.
    @discardableResult
    private func leaveSpool(_ names: [String], first: Int64 = 1, madeAt seconds: Int? = nil) throws -> String {
        try state.create()
        let spool = try Spool(directory: state.spools, source: "app:", bootID: SystemClock.system.bootID)
        for (index, name) in names.enumerated() {
            var event = Event(type: .track, timestamp: Timestamp(milliseconds: 1_700_000_000_000), anonymousId: "dead")
            event.event = name
            try spool.append(event.record(first + Int64(index)), sequence: first + Int64(index))
        }
        spool.abandon()
        if let seconds {
            let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
            utimensat(AT_FDCWD, "\(state.spools)/\(spool.id).lock", times, 0)
        }
        return spool.id
    }

    private func run(_ names: [String] = []) throws -> [String] {
        let analytics = Analytics(configuration: .test(directory))
        for name in names { analytics.track(name: name) }
        #expect(analytics.store(timeout: .seconds(5)) == nil)
        #expect(analytics.close())
        return try storedEvents(directory).map { $0["event"]?.stringValue ?? "?" }
    }

    private func marks() throws -> Int64 {
        try inspect(directory) { try $0.connection.integer("SELECT count(*) FROM spool") }
    }

    @Test func storesWhatADeadProcessLeftBeforeItsOwnEvents() throws {
        try leaveSpool(["A", "B"])
        #expect(try run(["C"]) == ["A", "B", "C"])
        #expect(try run() == ["A", "B", "C"])
    }

    @Test func takesTheOldestSpoolFirst() throws {
        for round in 0..<6 { try leaveSpool(["\(round)"], madeAt: 1_700_000_000 + round) }
        #expect(try run() == ["0", "1", "2", "3", "4", "5"])
    }

    @Test func takesNothingAtOrBelowTheMark() throws {
        let id = try leaveSpool(["A", "B", "C"], first: 7)
        let store = try Store(path: state.database)
        try store.transaction { (_) throws(StoreError) in try store.spools.setLast(8, of: id) }
        #expect(try run() == ["C"])
    }

    @Test func leavesNeitherFilesNorMarksBehind() throws {
        try leaveSpool(["A"])
        try leaveSpool([])
        for _ in 0..<3 { _ = try run(["B"]) }
        #expect(try marks() == 0)
        #expect(try directory.names(in: "spool").allSatisfy { $0.hasPrefix(".") })
    }

    @Test func countsWhatIsDamaged() throws {
        let id = try leaveSpool(["A", "B", "C"])
        let path = "\(state.spools)/\(id).a"
        var bytes = try SmallFile.read(path)
        bytes[bytes.count / 2] ^= 1
        var buffer = ByteBuffer()
        buffer.append(bytes)
        try SmallFile.replace(path, with: buffer)
        #expect(try run() == ["A", "C"])
        #expect(try inspect(directory) { try $0.counters.value("dropped.damaged") } == 1)
    }
}
