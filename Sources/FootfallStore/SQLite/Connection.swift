// SPDX-License-Identifier: MIT
import CSQLite
import CSystem
import Glibc

/// One SQLite connection, opened without SQLite's own mutex: whoever owns it
/// lets one thread at a time use it.
package final class Connection {
    private let db: OpaquePointer
    package let path: String
    /// Where SQLite puts down how many pages are in the -wal after a commit.
    private let logPageCount: UnsafeMutablePointer<Int32>
    private let busyMilliseconds: Int32

    /// What may become of the file.
    package enum Access: Sendable {
        case making
        /// It must be there.
        case writing
        /// The file must be there; nothing of it changes.
        case reading

        fileprivate var flags: Int32 {
            switch self {
            case .making: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .writing: SQLITE_OPEN_READWRITE
            case .reading: SQLITE_OPEN_READONLY
            }
        }
    }

    /// Opens or makes a database.
    ///
    /// A lock held by another connection is waited for as long as `busyTimeout`.
    package init(
        path: String, access: Access = .making, busyTimeout: Duration = .seconds(5)
    ) throws(StoreError) {
        // Opening a FIFO would wait for a writer.
        var entry = stat()
        if lstat(path, &entry) == 0, ![S_IFREG, S_IFLNK].contains(entry.st_mode & S_IFMT) {
            throw .system("opening \(path)", ENXIO)
        }
        var handle: OpaquePointer?
        let flags = access.flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(Self.resolved(path), &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let systemError = handle.map { sqlite3_system_errno($0) } ?? 0
            let reason = systemError != 0 ? strerror(systemError) : nil
            let detail = String(cString: handle.map { sqlite3_errmsg($0) } ?? sqlite3_errstr(code))
            sqlite3_close_v2(handle)
            throw StoreError(
                .sqlite(code), "opening \(path)", reason.map { "\(detail): \(String(cString: $0))" } ?? detail,
                cause: systemError)
        }
        db = handle
        self.path = path
        let (seconds, attoseconds) = busyTimeout.components
        busyMilliseconds = Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        sqlite3_busy_timeout(db, busyMilliseconds)
        logPageCount = .allocate(capacity: 1)
        logPageCount.initialize(to: 0)
        // It takes the place of SQLite's own checkpoints.
        sqlite3_wal_hook(db, noteLogPages, logPageCount)
        // Closing never waits for a checkpoint: the next opening reads the -wal.
        _ = footfall_sqlite3_db_config_flag(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        _ = footfall_sqlite3_db_config_flag(db, SQLITE_DBCONFIG_DEFENSIVE, 1)
        // SQLite asks the environment where its temporary files go.
        if footfall_is_privileged() != 0 { sqlite3_exec(db, "PRAGMA temp_store = MEMORY", nil, nil, nil) }
    }

    /// A link to the file itself is refused; directories on the way may be links,
    /// as `/home` and what systemd gives are on some systems.
    private static func resolved(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        guard let directory = realpath(slash == path.startIndex ? "/" : String(path[..<slash]), nil) else {
            return path
        }
        defer { free(directory) }
        return "\(String(cString: directory))/\(path[path.index(after: slash)...])"
    }

    /// Statements must be gone before; those that are not keep it open.
    deinit {
        sqlite3_wal_hook(db, nil, nil)
        sqlite3_close_v2(db)
        logPageCount.deallocate()
    }

    /// Runs statements without results.
    package func execute(_ sql: String) throws(StoreError) {
        let code = sqlite3_exec(db, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, sql) }
    }

    package func prepare(_ sql: String) throws(StoreError) -> Statement {
        var statement: OpaquePointer?
        let code = sqlite3_prepare_v3(db, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement else { throw error(code, sql) }
        return Statement(statement, of: self)
    }

    /// The first column of the first row, as ``Statement/integer(_:)``; 0 without a row.
    package func integer(_ sql: String) throws(StoreError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : 0
    }

    /// Pages in the -wal after the last commit of this connection.
    package var logPages: Int { Int(logPageCount.pointee) }

    /// Moves the -wal into the database, as far as nobody reads it, and syncs
    /// both; `truncates` also empties it, unless somebody uses it just now.
    ///
    /// - Returns: whether all of it was moved, and emptied where that was asked.
    @discardableResult
    package func checkpoint(truncates: Bool = false) -> Bool {
        sqlite3_busy_timeout(db, 0)
        defer { sqlite3_busy_timeout(db, busyMilliseconds) }
        // What cannot be moved now is moved by the next one; nothing is lost by it.
        var pages: Int32 = 0
        var moved: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(
            db, nil, truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &pages, &moved)
        if code == SQLITE_OK { logPageCount.pointee = 0 }
        return code == SQLITE_OK && pages == moved
    }

    /// Writes the database anew, without its free pages. Does not wait while another
    /// process writes.
    func vacuum() throws(StoreError) {
        sqlite3_busy_timeout(db, 0)
        defer { sqlite3_busy_timeout(db, busyMilliseconds) }
        // VACUUM makes its copy in memory, not on a disk.
        try execute("PRAGMA temp_store = MEMORY; VACUUM; PRAGMA temp_store = DEFAULT")
    }

    /// The file grows by so many bytes at once.
    func grow(by bytes: Int32) { footfall_sqlite3_set_growth(db, bytes) }

    /// Gives the file a block for each of its first bytes; throws when the disk is full.
    func reserve(bytes: Int64) throws(StoreError) {
        let code = footfall_sqlite3_reserve(db, bytes)
        guard code != SQLITE_OK, code != SQLITE_NOTFOUND else { return }
        throw StoreError(.sqlite(SQLITE_FULL), "making \(path) longer", "the disk is full", cause: ENOSPC)
    }

    /// How many rows the last statement changed.
    package var changes: Int { Int(sqlite3_changes(db)) }

    /// Whether a transaction is open.
    package var isInTransaction: Bool { sqlite3_get_autocommit(db) == 0 }

    func error(_ code: Int32, _ sql: String) -> StoreError {
        StoreError(
            .sqlite(code), "\(path): \(sql.prefix(80))", String(cString: sqlite3_errmsg(db)),
            cause: sqlite3_system_errno(db))
    }
}

/// A free function, called by SQLite after each commit.
private func noteLogPages(
    _ count: UnsafeMutableRawPointer?, _ db: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ pages: Int32
) -> Int32 {
    count?.storeBytes(of: pages, as: Int32.self)
    return SQLITE_OK
}
