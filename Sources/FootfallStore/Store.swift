// SPDX-License-Identifier: MIT
import Glibc

/// The tables of one database, over one connection that the initializer opens.
///
/// One thread at a time. Writes belong inside ``transaction(_:_:)``.
package final class Store {
    package let connection: Connection
    package let keyValue: KeyValueTable
    package let events: EventTable
    package let destinations: DestinationTable
    package let counters: CounterTable
    package let spools: SpoolTable
    package let sessions: SessionTable
    package let requests: RequestTable
    package let clocks: ClockTable
    package let bodies: BodyTable

    private var synchronous: Synchronous?
    private var begin = LazyStatement("BEGIN IMMEDIATE")
    private var commit = LazyStatement("COMMIT")
    private var rollback = LazyStatement("ROLLBACK")
    private var pageCount = LazyStatement("PRAGMA page_count")
    private var freePageCount = LazyStatement("PRAGMA freelist_count")

    /// What a commit waits for.
    package enum Synchronous: String, Sendable {
        /// Nothing: the commit survives the death of the process, but not a power cut.
        case normal = "NORMAL"
        /// The disk: this commit and all before it survive a power cut.
        case full = "FULL"
    }

    /// How long a process works with the store.
    package enum Use: Sendable {
        /// As long as the host runs.
        case longLived
        /// For one command. Each opening reads the whole -wal, 5 µs a page, and does not
        /// know how much of it was moved already: so the -wal is kept short.
        case oneShot

        /// Pages in the -wal above which ``Store/tidy()`` moves it into the database. While
        /// events wait to be stored, ``StoreLimits/busyCheckpointPages`` applies.
        fileprivate var checkpointPages: Int {
            Int((self == .oneShot ? 256 << 10 : 1 << 20) / StoreLimits.pageBytes)
        }

        fileprivate func busyCheckpointPages(_ limits: StoreLimits) -> Int {
            self == .oneShot ? checkpointPages : limits.busyCheckpointPages
        }
    }

    private let use: Use
    /// The page size of this file, which an earlier version may have made.
    private let pageBytes: Int64
    package let limits: StoreLimits
    /// Pages in the -wal above which a commit moves it into the database.
    private let busyCheckpointPages: Int
    /// Whether removed rows are overwritten with zeros.
    package private(set) var leavesNoTraces = false
    /// Keeps the least length of the -wal; `nil` without a -wal.
    private let room: StoreRoom?
    /// How many of the file's first bytes are known to have blocks on the disk.
    private var reserved: Int64 = 0
    /// The length of the file at the last commit, in bytes.
    private var length: Int64 = 0

    /// The path of a store in memory.
    package static let memoryPath = ":memory:"

    /// - Parameter isOnNetwork: Whether the file system is another machine's. Such a store
    ///   has no -wal, and only one process at a time can open it.
    package convenience init(
        path: String, use: Use = .longLived, limits: StoreLimits = StoreLimits(), isOnNetwork: Bool = false
    ) throws(StoreError) {
        let usesWAL = !isOnNetwork && path != Self.memoryPath
        let connection =
            usesWAL
            ? try IndexFile.held(path) { (index) throws(StoreError) in try Self.open(path, usesWAL: true, index) }
            : try Self.open(path, usesWAL: false, nil)
        let room = usesWAL ? StoreRoom(database: path) : nil
        if usesWAL {
            connection.grow(by: StoreRoom.growthBytes)
            room?.keepLog()
        }
        // Debian's SQLite overwrites each freed page with zeros, which doubles the pages
        // that a delivered batch writes. FAST does it only where it costs no extra write.
        // The -wal keeps its length under load: shortening it and making it longer again
        // took a tenth of the time of a flood.
        try connection.execute(
            """
            PRAGMA secure_delete = FAST; PRAGMA trusted_schema = OFF;
            PRAGMA journal_size_limit = \(2 * Int64(use.busyCheckpointPages(limits)) * StoreLimits.pageBytes);
            PRAGMA max_page_count = \(limits.databaseBytes / StoreLimits.pageBytes);
            """)
        self.init(connection, use, limits, pageBytes: try connection.integer("PRAGMA page_size"), room)
        guard try keyValue.text(Self.tracelessKey) != nil else { return }
        try connection.execute("PRAGMA secure_delete = ON")
        leavesNoTraces = true
    }

    private static func open(_ path: String, usesWAL: Bool, _ index: IndexFile?) throws(StoreError) -> Connection {
        let connection = try Connection(path: path, index: index)
        let isInMemory = path == memoryPath
        // Not by a descriptor: closing it would drop SQLite's locks on the file.
        if !isInMemory { chmod(path, 0o600) }
        if !usesWAL, !isInMemory {
            try connection.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE")
        }
        try Schema.install(on: connection, usesWAL: usesWAL || isInMemory)
        return connection
    }

    /// For ``StoreReader``: makes no tables and cannot write.
    convenience init(reading connection: Connection) throws(StoreError) {
        let pageBytes = try connection.integer("PRAGMA page_size")
        self.init(connection, .oneShot, StoreLimits(), pageBytes: pageBytes, nil)
    }

    private init(
        _ connection: Connection, _ use: Use, _ limits: StoreLimits, pageBytes: Int64, _ room: StoreRoom?
    ) {
        self.connection = connection
        self.room = room
        self.use = use
        self.limits = limits
        self.pageBytes = pageBytes
        busyCheckpointPages = use.busyCheckpointPages(limits)
        keyValue = KeyValueTable(connection)
        events = EventTable(connection)
        destinations = DestinationTable(connection)
        counters = CounterTable(connection)
        spools = SpoolTable(connection)
        sessions = SessionTable(connection)
        requests = RequestTable(connection)
        clocks = ClockTable(connection)
        bodies = BodyTable(connection)
    }

    /// To be called in a forked child.
    package static func reinitializeInChild() { IndexFile.reinitializeInChild() }

    /// An open transaction, as its body sees it.
    package struct Transaction {
        fileprivate var isRolledBack = false
        /// Asks for a rollback when the body returns.
        package mutating func rollBack() { isRolledBack = true }
    }

    /// Runs `body` between BEGIN IMMEDIATE and COMMIT. It is rolled back when `body`
    /// throws or calls ``Transaction/rollBack()``.
    package func transaction<R>(
        _ synchronous: Synchronous = .normal, _ body: (inout Transaction) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        if self.synchronous != synchronous {
            try connection.execute("PRAGMA synchronous = \(synchronous.rawValue)")
            self.synchronous = synchronous
        }
        try begin(connection).run()
        do throws(StoreError) {
            var transaction = Transaction()
            let result = try body(&transaction)
            if transaction.isRolledBack {
                try rollback(connection).run()
            } else {
                try reserveGrowth()
                try commit(connection).run()
            }
            if connection.logPages >= busyCheckpointPages { checkpoint(truncates: use == .oneShot) }
            return result
        } catch {
            // SQLite may have rolled back by itself (a full disk); then this fails.
            if connection.isInTransaction { try? rollback(connection).run() }
            throw error
        }
    }

    /// Gets blocks for the pages that this commit adds to the database, so that moving the
    /// -wal into the file needs none on a full disk.
    private func reserveGrowth() throws(StoreError) {
        guard room != nil else { return }
        let bytes = try integer(&pageCount) * pageBytes
        // Another connection rewrote the file (VACUUM).
        if bytes < length { reserved = 0 }
        length = bytes
        guard bytes > reserved else { return }
        try connection.reserve(bytes: bytes)
        reserved = bytes
    }

    /// Moves the -wal into the database; see ``Connection/checkpoint(truncates:)``. The
    /// -wal keeps its least length.
    @discardableResult
    func checkpoint(truncates: Bool) -> Bool {
        let isWhole = connection.checkpoint(truncates: truncates)
        if truncates { room?.keepLog() }
        return isWhole
    }

    /// Bytes of the database's pages that are in use.
    package func bytesInUse() throws(StoreError) -> Int64 { try bytesInPages().used }

    /// Bytes of the database's pages that are in use, and of those that are free.
    func bytesInPages() throws(StoreError) -> (used: Int64, free: Int64) {
        let free = try integer(&freePageCount)
        return (try (integer(&pageCount) - free) * pageBytes, free * pageBytes)
    }

    private func integer(_ lazy: inout LazyStatement) throws(StoreError) -> Int64 {
        let statement = try lazy(connection)
        defer { statement.reset() }
        return try statement.step() ? statement.count(0) : 0
    }

    /// Moves a long -wal into the database, and gives the disk back what a backlog left.
    /// To be called when nothing waits for the store.
    package func tidy() {
        let pages = connection.logPages
        // After a flood the -wal is emptied, so that the next opening has little to read.
        if pages >= use.checkpointPages { checkpoint(truncates: pages > 2 * use.checkpointPages) }
        compact()
    }

    /// Removes all events, dead letters and sessions, but no deletion requests. To be
    /// called inside ``erasing(_:)``.
    ///
    /// - Returns: how many events were removed.
    package func purge() throws(StoreError) -> Int64 {
        let count = try discard(try events.allEvents())
        try sessions.removeAll()
        return count
    }

    /// The key that makes every connection overwrite what it removes.
    private static let tracelessKey = "analytics.traceless"

    /// From now on removed rows are overwritten with zeros, by every process. To be called
    /// inside a transaction.
    package func leaveNoTraces() throws(StoreError) {
        guard !leavesNoTraces else { return }
        try keyValue.set(Self.tracelessKey, "1")
        try connection.execute("PRAGMA secure_delete = ON")
        leavesNoTraces = true
    }

    /// Moves the -wal into the database and empties it; false while another process reads
    /// or writes.
    package func emptyLog() -> Bool { checkpoint(truncates: true) }

    /// Runs a transaction that waits for the disk and overwrites each freed page with zeros.
    package func erasing<R>(_ body: () throws(StoreError) -> R) throws(StoreError) -> R {
        try connection.execute("PRAGMA secure_delete = ON")
        let result: Result<R, StoreError>
        do throws(StoreError) {
            result = .success(try transaction(.full) { (_) throws(StoreError) in try body() })
        } catch {
            result = .failure(error)
        }
        if !leavesNoTraces { try connection.execute("PRAGMA secure_delete = FAST") }
        return try result.get()
    }

    /// Rewrites the database without its free pages, which may hold rows that were removed
    /// earlier, and empties the -wal. Not inside a transaction.
    ///
    /// - Returns: false when another process reads or writes.
    package func wipe() -> Bool {
        // Otherwise the file would keep its length, and old rows at its end.
        if room != nil { connection.grow(by: 0) }
        defer { if room != nil { connection.grow(by: StoreRoom.growthBytes) } }
        do throws(StoreError) {
            try connection.vacuum()
        } catch {
            return false
        }
        return checkpoint(truncates: true)
    }
}
