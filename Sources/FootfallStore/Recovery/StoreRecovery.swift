// SPDX-License-Identifier: MIT
import Glibc

/// Replaces a database that is damaged by a new one with what can be read of it.
///
/// The damaged file is kept beside it (the newest only). Nothing is removed
/// because of one failed statement: the damage is confirmed first, by SQLite's
/// own check.
package struct StoreRecovery {
    /// What came of it.
    package struct Report: Sendable, Equatable {
        /// Events that are in the new store.
        package var salvaged: Int64 = 0
        /// Events that were in the old one, by its own count, and are not.
        package var lost: Int64 = 0
        /// Where the damaged file is now; `nil` when it was not damaged.
        package var aside: String?
    }

    private let directory: StateDirectory
    private var path: String { directory.database }
    private let limits: StoreLimits

    package init(_ directory: StateDirectory, limits: StoreLimits = StoreLimits()) {
        self.directory = directory
        self.limits = limits
    }

    /// Confirms the damage and repairs it. Nobody may have the database open,
    /// this process included; throws EBUSY if somebody has.
    ///
    /// - Parameter stamp: For the name of the file that is moved aside.
    package func run(stamp: Int64) throws(StoreError) -> Report {
        let alone = try StoreLock(alone: directory.storeLock)
        defer { withExtendedLifetime(alone) {} }
        guard isDamaged() else { return Report() }
        let aside = directory.aside(stamp)
        // One is enough to look at, and two could fill a small disk.
        for file in directory.damaged { unlink(file) }
        guard rename(path, aside) == 0 else { throw .system("moving \(path) aside") }
        // Without its -wal the newest events would be missing; -shm is made anew.
        rename("\(path)-wal", "\(aside)-wal")
        unlink("\(path)-shm")
        let store = try Store(path: path, limits: limits)
        var report = Report(aside: aside)
        restoreLength(of: aside)
        // What cannot even be opened has nothing to give.
        guard let damaged = try? Connection(path: aside) else {
            try store.transaction(.full) { (_) throws(StoreError) in
                try store.counters.add(1, to: CounterTable.recoveries)
            }
            return report
        }
        try store.transaction(.full) { (_) throws(StoreError) in
            try Salvage(from: damaged, into: store).run(&report)
            try store.counters.add(1, to: CounterTable.recoveries)
        }
        return report
    }

    /// SQLite reads nothing of a file that is shorter than its header says: what
    /// was cut off its end becomes zeros.
    private func restoreLength(of path: String) {
        let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return }
        defer { close(file) }
        var header = [UInt8](repeating: 0, count: 32)
        var status = stat()
        guard pread(file, &header, header.count, 0) == header.count, fstat(file, &status) == 0 else { return }
        // The format's own fields: "Database File Format", §1.3.
        let pageBytes = Int64(header[16]) << 8 | Int64(header[17])
        let pages = header[28..<32].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let length = (pageBytes == 1 ? 65_536 : pageBytes) * pages
        // A number that is damage as well must not fill the disk.
        guard length > status.st_size, length <= 2 * limits.bytes else { return }
        _ = ftruncate(file, Int(length))
    }

    private func isDamaged() -> Bool {
        do throws(StoreError) {
            let connection = try Connection(path: path)
            let statement = try connection.prepare("PRAGMA quick_check(1)")
            guard try statement.step() else { return true }
            guard statement.text(0) == "ok" else { return true }
            // A database without its tables is no store, whatever the check says.
            let version = try connection.integer("PRAGMA user_version")
            let tables = try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name IN ('event', 'kv')")
            return version > 0 ? tables < 2 : tables > 0
        } catch {
            return error.isCorrupt
        }
    }
}
