// SPDX-License-Identifier: MIT
import Glibc

/// Replaces a damaged database by a new one with all rows that can be read.
///
/// One failed statement is not enough: SQLite's own check must confirm the damage. The rows
/// are copied to a new file; renaming that file to `store.db.salvaged` is the commit. If the
/// process dies before the commit, nothing has changed. If it dies after the commit, the
/// next process to open the store finishes the ``Replacement``.
package struct StoreRecovery {
    /// The result of a repair.
    package struct Report: Sendable, Equatable {
        /// Events that are in the new store.
        package var salvaged: Int64 = 0
        /// Events that the old store counted and the new one does not have.
        package var lost: Int64 = 0
        /// The new path of the damaged file; `nil` when it was not damaged.
        package var aside: String?
    }

    /// The key under which a repaired store has the numbers of ``Report``, for the process
    /// that finishes the repair.
    private static let reportKey = "recovery"

    private let directory: StateDirectory
    private var path: String { directory.database }
    private let limits: StoreLimits

    /// Whether an error in reading the disk counts as damage.
    private let isUnreadable: Bool

    package init(_ directory: StateDirectory, limits: StoreLimits = StoreLimits(), isUnreadable: Bool = false) {
        self.directory = directory
        self.isUnreadable = isUnreadable
        self.limits = limits
    }

    /// Confirms the damage and repairs it. Throws EBUSY while any process, this one
    /// included, has the database open.
    ///
    /// - Parameter stamp: A number for the new name of the damaged file.
    package func run(stamp: Int64) throws(StoreError) -> Report {
        let alone = try StoreLock(alone: directory.storeLock)
        defer { withExtendedLifetime(alone) {} }
        if Replacement.isWaiting(in: directory) { return try finish(stamp) }
        guard try isDamaged() else { return Report() }
        // Only the last damaged file is kept: two could fill a small disk.
        for file in directory.damaged { unlink(file) }
        restoreLength()
        try salvage()
        return try finish(stamp)
    }

    /// Takes the lock that a process needs to open the database. If a repaired database
    /// waits to replace the damaged one, that is done first.
    ///
    /// - Returns: the lock, and the result of the repair if this call finished one.
    package func share(stamp: Int64) throws(StoreError) -> (lock: StoreLock, repaired: Report?) {
        var repaired: Report?
        var attempts = 0
        while true {
            if let lock = try sharedLock() { return (lock, repaired) }
            do throws(StoreError) {
                repaired = try finishAlone(stamp) ?? repaired
            } catch {
                // Another process does the same, which takes milliseconds.
                attempts += 1
                guard error.kind == .system(EBUSY), attempts < 200 else { throw error }
                usleep(5_000)
            }
        }
    }

    /// Runs `body` with the store, opened for a moment beside other processes. Throws when
    /// the directory belongs to another user.
    package func withStore<R>(stamp: Int64, _ body: (Store) throws -> R) throws -> R {
        // Root would make files that the directory's owner cannot open.
        try directory.check()
        let sharing = try share(stamp: stamp).lock
        defer { withExtendedLifetime(sharing) {} }
        return try body(try Store(path: path, limits: limits))
    }

    /// `nil` when a repaired database waits: replacing the damaged one needs the lock
    /// exclusively.
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
        // Without the numbers only the message is less exact.
        if let store = try? Store(path: path, limits: limits),
            let words = try? store.keyValue.text(Self.reportKey)?.split(separator: " ").compactMap({ Int64($0) }),
            words.count == 2
        {
            (report.salvaged, report.lost) = (words[0], words[1])
        }
        return report
    }

    /// Makes the new database and commits the repair.
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
        // The store will use a -wal. Setting the mode makes an empty one, which `commit`
        // removes.
        if !directory.isOnNetwork { try store.connection.execute("PRAGMA journal_mode = WAL") }
        withExtendedLifetime(damaged) {}
        _ = consume store
        try replacement.commit()
    }

    /// Fills the -shm first, as the disk may be full.
    private func openDamaged() throws(StoreError) -> Connection {
        try IndexFile.held(path, makes: false) { (index) throws(StoreError) in
            let connection = try Connection(path: path, index: index)
            // The first read maps the -shm. Its error will come again.
            _ = try? connection.integer("PRAGMA user_version")
            return connection
        }
    }

    /// Limits that the copied rows cannot exceed. The configured limits may be lower than
    /// those that the store had: later commits evict events then.
    private var roomyLimits: StoreLimits {
        var limits = limits
        for file in [path, "\(path)-wal"] {
            var status = stat()
            if stat(file, &status) == 0 { limits.bytes = max(limits.bytes, 4 * Int64(status.st_size)) }
        }
        return limits
    }

    /// Extends a truncated file with zeros to the length in its header: otherwise SQLite
    /// reads nothing of it.
    private func restoreLength() {
        let file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return }
        defer { close(file) }
        var header = [UInt8](repeating: 0, count: 32)
        var status = stat()
        guard pread(file, &header, header.count, 0) == header.count, fstat(file, &status) == 0 else { return }
        // Fields of the header: SQLite, "Database File Format", §1.3.
        let pageBytes = Int64(header[16]) << 8 | Int64(header[17])
        let pages = header[28..<32].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let length = (pageBytes == 1 ? 65_536 : pageBytes) * pages
        // The length in the header may be damaged, and must not fill the disk.
        guard length > status.st_size, length <= 2 * limits.bytes else { return }
        _ = ftruncate(file, Int(length))
    }

    /// Whether the database is damaged. Throws errors that do not answer this: a full disk,
    /// an error in reading it.
    private func isDamaged() throws(StoreError) -> Bool {
        do throws(StoreError) {
            let connection = try openDamaged()
            let statement = try connection.prepare("PRAGMA quick_check(1)")
            guard try statement.step() else { return true }
            guard statement.text(0) == "ok" else { return true }
            // A database that lost its tables is damaged even if it is consistent.
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
