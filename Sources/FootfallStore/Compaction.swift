// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc

/// Whether a database is worth being written anew, so that the disk gets back what a
/// large backlog took.
package struct Compaction {
    /// Bytes of pages that hold something, and of those that hold nothing.
    package var used: Int64
    package var free: Int64
    /// Milliseconds that the machine was up since the store was made: now, and when
    /// this was done last.
    package var lived: Int64
    package var lastLived: Int64?
    /// Bytes that the disk has.
    package var room: Int64

    /// Less free space is kept: the next backlog needs it again.
    static let leastFree: Int64 = 4 << 20
    /// A larger database is not copied: other writers would wait for that.
    static let mostUsed: Int64 = 8 << 20
    /// A day: a store that fills and empties all the time is not copied each time.
    static let interval = Timestamp.day

    package var isWorthwhile: Bool {
        guard free >= Self.leastFree, used <= free / 4, used <= Self.mostUsed else { return false }
        if let lastLived, lived >= lastLived, lived - lastLived < Self.interval { return false }
        // The copy is once in the -wal, once in the database; and some must stay free.
        return room >= 2 * used + Self.leastFree
    }

    /// Bytes that are free where a file lies.
    static func room(of path: String) -> Int64 {
        var space = statvfs()
        guard statvfs(path, &space) == 0 else { return 0 }
        return Int64(
            clamping: UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize)).partialValue)
    }
}

extension Store {
    private static let markKey = "compacted"

    /// Gives the disk back what a large backlog left: for moments in which nothing
    /// waits. If another process hinders it, it is done at another such moment.
    func compact() {
        guard connection.path != Store.memoryPath, let compaction = try? compaction() else { return }
        guard compaction.isWorthwhile else { return }
        do throws(StoreError) {
            try connection.vacuum()
        } catch {
            // Else it is tried again in a day, not at each such moment.
            guard !error.isBusy else { return }
        }
        // A mark that cannot be written costs one more copy.
        try? transaction { (_) throws(StoreError) in try keyValue.set(Self.markKey, "\(compaction.lived)") }
        checkpoint(truncates: true)
    }

    private func compaction() throws(StoreError) -> Compaction {
        let (used, free) = try bytesInPages()
        var compaction = Compaction(used: used, free: free, lived: 0, lastLived: nil, room: 0)
        guard free >= Compaction.leastFree else { return compaction }
        compaction.lived = try counters.value(CounterTable.lived)
        compaction.lastLived = try keyValue.text(Self.markKey).flatMap { Int64($0) }
        compaction.room = Compaction.room(of: connection.path)
        return compaction
    }
}
