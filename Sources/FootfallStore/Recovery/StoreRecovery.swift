// SPDX-License-Identifier: MIT
import Glibc

/// Replaces a database that is damaged by a new one with what can be read of it.
///
/// Nothing is removed because of one failed statement: SQLite's own check confirms
/// the damage first. What can be read goes into a new file; renaming that file to
/// `store.db.salvaged` is the commit. A process that dies before the commit has changed
/// nothing; after it, the next process to open the store finishes ``Replacement``.
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

    /// Where a repaired store says what was saved and what was lost, for the process
    /// that finishes the repair.
    private static let reportKey = "recovery"

    private let directory: StateDirectory
    private var path: String { directory.database }
    private let limits: StoreLimits

    /// Whether an error of the disk counts as damage.
    private let isUnreadable: Bool

    package init(_ directory: StateDirectory, limits: StoreLimits = StoreLimits(), isUnreadable: Bool = false) {
        self.directory = directory
        self.isUnreadable = isUnreadable
        self.limits = limits
    }

    /// Confirms the damage and repairs it. No process may have the database open,
    /// this one included; throws EBUSY if one has.
    ///
    /// - Parameter stamp: For the name of the damaged file, which is kept.
    package func run(stamp: Int64) throws(StoreError) -> Report {
        let alone = try StoreLock(alone: directory.storeLock)
        defer { withExtendedLifetime(alone) {} }
        if Replacement.isWaiting(in: directory) { return try finish(stamp) }
        guard try isDamaged() else { return Report() }
        // One damaged file is enough to look at, and two could fill a small disk.
        for file in directory.damaged { unlink(file) }
        restoreLength()
        try salvage()
        return try finish(stamp)
    }

    /// The lock of a process that is about to open the database. First puts a repaired
    /// database that waits in its place.
    ///
    /// - Returns: the lock, and what a repair saved if this call finished it.
    package func share(stamp: Int64) throws(StoreError) -> (lock: StoreLock, repaired: Report?) {
        var repaired: Report?
        var attempts = 0
        while true {
            if let lock = try sharedLock() { return (lock, repaired) }
            do throws(StoreError) {
                repaired = try finishAlone(stamp) ?? repaired
            } catch {
                // Another process looks as well: that takes milliseconds.
                attempts += 1
                guard error.kind == .system(EBUSY), attempts < 200 else { throw error }
                usleep(5_000)
            }
        }
    }

    /// Runs `body` with the store of a directory that is this user's, opened for a moment
    /// beside other processes. A repaired database is put in its place first.
    package func withStore<R>(stamp: Int64, _ body: (Store) throws -> R) throws -> R {
        // Root would leave files that the directory's owner cannot open.
        try directory.check()
        let sharing = try share(stamp: stamp).lock
        defer { withExtendedLifetime(sharing) {} }
        return try body(try Store(path: path, limits: limits))
    }

    /// `nil` when a repaired database waits: it may be put in place by one process alone.
    private func sharedLock() throws(StoreError) -> StoreLock? {
        let lock = try StoreLock(sharing: directory.storeLock)
        return Replacement.isWaiting(in: directory) ? nil : lock
    }

    private func finishAlone(_ stamp: Int64) throws(StoreError) -> Report? {
        let alone = try StoreLock(alone: directory.storeLock)
        defer { withExtendedLifetime(alone) {} }
        return Replacement.isWaiting(in: directory) ? try finish(stamp) : nil
    }

    private func finish(_ stamp: Int64) throws(StoreError) -> Report {
        var report = Report()
        report.aside = try Replacement(directory).finish(stamp: stamp)
        // The numbers are for a message only.
        if let store = try? Store(path: path, limits: limits),
            let words = try? store.keyValue.text(Self.reportKey)?.split(separator: " ").compactMap({ Int64($0) }),
            words.count == 2
        {
            (report.salvaged, report.lost) = (words[0], words[1])
        }
        return report
    }

    /// Makes the repaired database and commits it.
    private func salvage() throws(StoreError) {
        let replacement = Replacement(directory)
        replacement.removeUnfinished()
        let damaged = try openDamaged()
        // With a rollback journal the whole database is in one file when closed.
        let store = try Store(path: directory.salvaging, limits: roomyLimits, isOnNetwork: true)
        try store.transaction(.full) { (_) throws(StoreError) in
            let report = try Salvage(from: damaged, into: store).run()
            try store.counters.add(1, to: CounterTable.recoveries)
            try store.keyValue.set(Self.reportKey, "\(report.salvaged) \(report.lost)")
        }
        // The store will use a -wal; the empty one that this makes is removed.
        if !directory.isOnNetwork { try store.connection.execute("PRAGMA journal_mode = WAL") }
        withExtendedLifetime(damaged) {}
        _ = consume store
        try replacement.commit()
    }

    /// With its -shm filled: the disk may be full.
    private func openDamaged() throws(StoreError) -> Connection {
        try IndexFile.held(path, makes: false) { () throws(StoreError) in
            let connection = try Connection(path: path)
            // The first read maps the -shm; an error here is met again later.
            _ = try? connection.integer("PRAGMA user_version")
            return connection
        }
    }

    /// The cap may have been lowered: events above it are evicted later, by rule.
    private var roomyLimits: StoreLimits {
        var limits = limits
        for file in [path, "\(path)-wal"] {
            var status = stat()
            if stat(file, &status) == 0 { limits.bytes = max(limits.bytes, 4 * Int64(status.st_size)) }
        }
        return limits
    }

    /// SQLite reads nothing of a file that is shorter than its header says: what
    /// was cut off its end becomes zeros.
    private func restoreLength() {
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

    /// Throws errors that say nothing of the file: a full disk, an error of the disk.
    private func isDamaged() throws(StoreError) -> Bool {
        do throws(StoreError) {
            let connection = try openDamaged()
            let statement = try connection.prepare("PRAGMA quick_check(1)")
            guard try statement.step() else { return true }
            guard statement.text(0) == "ok" else { return true }
            // A database without its tables is no store, whatever the check says.
            let version = try connection.integer("PRAGMA user_version")
            let tables = try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name IN ('event', 'kv')")
            return version > 0 ? tables < 2 : tables > 0
        } catch {
            if error.isCorrupt || isUnreadable && error.isReadError { return true }
            guard error.isUnusable, !error.isFull else { throw error }
            return false
        }
    }
}
