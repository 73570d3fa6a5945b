// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc

/// Decides whether to rewrite a database, so that the disk gets back the space of a
/// backlog that was delivered. Pure.
package struct Compaction {
    /// Bytes of the pages in use.
    package var used: Int64
    /// Bytes of the free pages.
    package var free: Int64
    /// The time that the machine was up since the store was made, in milliseconds.
    package var lived: Int64
    /// The same at the last compaction; `nil` before the first.
    package var lastLived: Int64?
    /// Bytes that are free on the disk.
    package var room: Int64

    /// The next backlog needs less free space than this again, so it stays.
    static let leastFree: Int64 = 4 << 20
    /// A larger database is not copied: other writers would wait too long.
    static let mostUsed: Int64 = 8 << 20
    /// A store that keeps filling and emptying is copied once a day, not each time.
    static let interval = Timestamp.day

    package var isWorthwhile: Bool {
        guard free >= Self.leastFree, used <= free / 4, used <= Self.mostUsed else { return false }
        if let lastLived, lived >= lastLived, lived - lastLived < Self.interval { return false }
        // The copy goes through the -wal into the database, and some space must stay free.
        return room >= 2 * used + Self.leastFree
    }

    /// Bytes that are free on the disk of a file.
    static func room(of path: String) -> Int64 {
        var space = statvfs()
        guard statvfs(path, &space) == 0 else { return 0 }
        return Int64(
            clamping: UInt64(space.f_bavail).multipliedReportingOverflow(by: UInt64(space.f_frsize)).partialValue)
    }
}

extension Store {
    private static let markKey = "compacted"

    /// Gives the disk back the space of a backlog, if that is worthwhile. To be called when
    /// nothing waits for the store. While another process uses the database it does
    /// nothing, and the next call tries again.
    func compact() {
        guard connection.path != Store.memoryPath, let compaction = try? compaction() else { return }
        guard compaction.isWorthwhile else { return }
        do throws(StoreError) {
            try connection.vacuum()
        } catch {
            // Any other error will last: the next attempt is made in a day.
            guard !error.isBusy else { return }
        }
        // Without the mark the database is copied once more, which harms nothing.
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
