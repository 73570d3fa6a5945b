// SPDX-License-Identifier: MIT
import CSQLite
import CSystem
import Glibc

/// One SQLite connection. It is opened without SQLite's mutex, so its owner must let only
/// one thread at a time use it.
package final class Connection {
    private let db: OpaquePointer
    package let path: String
    /// SQLite writes here how many pages are in the -wal after each commit.
    private let logPageCount: UnsafeMutablePointer<Int32>
    private let busyMilliseconds: Int32
    /// Is released when the database is closed.
    private let index: IndexFile?

    /// How a file is opened.
    package enum Access: Sendable {
        /// For writing; a file that is missing is made.
        case making
        /// For writing; the file must exist.
        case writing
        /// For reading; the file must exist and does not change.
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
    /// - Parameter busyTimeout: How long a statement waits for another connection's lock.
    package convenience init(
        path: String, access: Access = .making, busyTimeout: Duration = .seconds(5)
    ) throws(StoreError) {
        try self.init(path: path, access: access, busyTimeout: busyTimeout, index: nil)
    }

    /// - Parameter index: What ``IndexFile/held(_:makes:_:)`` gives.
    init(
        path: String, access: Access = .making, busyTimeout: Duration = .seconds(5), index: IndexFile?
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
        self.index = index
        let (seconds, attoseconds) = busyTimeout.components
        busyMilliseconds = Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)
        sqlite3_busy_timeout(db, busyMilliseconds)
        logPageCount = .allocate(capacity: 1)
        logPageCount.initialize(to: 0)
        // This hook replaces SQLite's automatic checkpoints.
        sqlite3_wal_hook(db, noteLogPages, logPageCount)
        // Closing does not move the -wal, which may take long: the next opening reads it.
        _ = ftf_sqlite3_db_config_flag(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        _ = ftf_sqlite3_db_config_flag(db, SQLITE_DBCONFIG_DEFENSIVE, 1)
        // SQLite would read the place of its temporary files from the environment.
        if ftf_is_privileged() != 0 { sqlite3_exec(db, "PRAGMA temp_store = MEMORY", nil, nil, nil) }
    }

    /// Resolves links in the directories of a path: on some systems `/home`, or what systemd
    /// gives, is a link. A link to the database itself is refused by SQLITE_OPEN_NOFOLLOW.
    private static func resolved(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return path }
        guard let directory = realpath(slash == path.startIndex ? "/" : String(path[..<slash]), nil) else {
            return path
        }
        defer { free(directory) }
        return "\(String(cString: directory))/\(path[path.index(after: slash)...])"
    }

    /// Closes the database. A statement that still exists keeps it open.
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

    /// The first column of the first row, read as ``Statement/integer(_:)`` does; 0 without
    /// a row.
    package func integer(_ sql: String) throws(StoreError) -> Int64 {
        let statement = try prepare(sql)
        return try statement.step() ? statement.integer(0) : 0
    }

    /// Pages in the -wal after the last commit of this connection.
    package var logPages: Int { Int(logPageCount.pointee) }

    /// Moves the -wal into the database and syncs both, except for pages that another
    /// connection still reads. It does not wait.
    ///
    /// - Parameter truncates: Whether to empty the -wal as well, which no other connection
    ///   may use at that moment.
    /// - Returns: whether all pages were moved, and the -wal emptied if that was asked.
    @discardableResult
    package func checkpoint(truncates: Bool = false) -> Bool {
        sqlite3_busy_timeout(db, 0)
        defer { sqlite3_busy_timeout(db, busyMilliseconds) }
        // The next checkpoint moves what this one cannot.
        var pages: Int32 = 0
        var moved: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(
            db, nil, truncates ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &pages, &moved)
        if code == SQLITE_OK { logPageCount.pointee = 0 }
        return code == SQLITE_OK && pages == moved
    }

    /// Rewrites the database without its free pages. Throws at once while another process
    /// writes.
    func vacuum() throws(StoreError) {
        sqlite3_busy_timeout(db, 0)
        defer { sqlite3_busy_timeout(db, busyMilliseconds) }
        // The copy is made in memory, not on the disk.
        try execute("PRAGMA temp_store = MEMORY; VACUUM; PRAGMA temp_store = DEFAULT")
    }

    /// Makes the file grow in steps of so many bytes.
    func grow(by bytes: Int32) { ftf_sqlite3_set_growth(db, bytes) }

    /// Gets disk blocks for the first `bytes` bytes of the file. Throws when the disk is
    /// full.
    func reserve(bytes: Int64) throws(StoreError) {
        let code = ftf_sqlite3_reserve(db, bytes)
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

/// Called by SQLite after each commit. C calls it, so it is a free function.
private func noteLogPages(
    _ count: UnsafeMutableRawPointer?, _ db: OpaquePointer?, _ name: UnsafePointer<CChar>?, _ pages: Int32
) -> Int32 {
    count?.storeBytes(of: pages, as: Int32.self)
    return SQLITE_OK
}
