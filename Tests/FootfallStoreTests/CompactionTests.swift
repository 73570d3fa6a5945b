// SPDX-License-Identifier: MIT
import Glibc
import TestSupport
import Testing

@testable import FootfallStore

@Suite struct CompactionTests {
    let directory = TemporaryDirectory()
    private var path: String { "\(directory.path)/store.db" }

    private func size() -> Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : -1
    }

    /// Stores a backlog of 6 MB and removes it.
    private func leaveEmptyPages(in store: Store) throws {
        let body = [UInt8](repeating: 0x20, count: 30_000)
        try store.transaction { (_) throws(StoreError) in
            for id in Int64(1)...200 {
                try body.withUnsafeBufferPointer { (bytes) throws(StoreError) in
                    try store.events.add(id: id, routes: 1, priority: 1, stored: 0, body: bytes)
                }
            }
        }
        try store.transaction { (_) throws(StoreError) in try store.connection.execute("DELETE FROM event") }
        store.connection.checkpoint(truncates: true)
        #expect(size() > 5 << 20, "\(size())")
    }

    @Test func givesTheDiskBackWhatABacklogLeft() throws {
        let store = try Store(path: path)
        try store.transaction { (_) throws(StoreError) in try store.keyValue.set("k", "v") }
        try leaveEmptyPages(in: store)
        store.tidy()
        #expect(size() < 200_000, "\(size())")
        #expect(try store.keyValue.text("k") == "v")
    }

    @Test func compactsOnceADayAtMost() throws {
        let store = try Store(path: path)
        try store.transaction { (_) throws(StoreError) in try store.counters.add(1_000, to: CounterTable.lived) }
        try leaveEmptyPages(in: store)
        store.tidy()
        try leaveEmptyPages(in: store)
        store.tidy()
        #expect(size() > 5 << 20, "it was done just now")
        try store.transaction { (_) throws(StoreError) in try store.counters.add(86_400_000, to: CounterTable.lived) }
        store.tidy()
        #expect(size() < 200_000, "\(size())")
    }

    @Test func doesNotWaitForAnotherWriter() throws {
        let store = try Store(path: path)
        try leaveEmptyPages(in: store)
        let other = try Store(path: path)
        try other.transaction { (_) throws(StoreError) in
            try other.keyValue.set("k", "v")
            store.tidy()
        }
        #expect(size() > 5 << 20)
        store.tidy()
        #expect(size() < 200_000, "and did it when the other was done")
        #expect(try store.keyValue.text("k") == "v")
    }

    @Test func compactsOnlyWhereItGivesBackEnough() {
        let megabyte: Int64 = 1 << 20
        var state = Compaction(used: megabyte, free: 4 * megabyte, lived: 0, lastLived: nil, room: 6 * megabyte)
        #expect(state.isWorthwhile)
        state.used = megabyte + 1
        #expect(!state.isWorthwhile, "more than a quarter is used")
        state.used = megabyte
        state.free -= 1
        #expect(!state.isWorthwhile, "less than 4 MiB are free")
        state.free += 1
        state.room -= 1
        #expect(!state.isWorthwhile, "the disk has no room")
        let large = Compaction(
            used: 9 * megabyte, free: 99 * megabyte, lived: 0, lastLived: nil, room: .max)
        #expect(!large.isWorthwhile, "others would wait")
        // A store that was copied from another machine.
        let moved = Compaction(used: 0, free: 5 * megabyte, lived: 5, lastLived: 9_000_000_000, room: .max)
        #expect(moved.isWorthwhile)
    }
}
