// SPDX-License-Identifier: MIT
import Glibc

/// The tables of one database over one connection, opened at construction.
///
/// Not for several threads at once. Writes go inside ``transaction(_:_:)``.
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
        /// Survives the death of the process.
        case normal = "NORMAL"
        /// Survives a power cut, and everything before it.
        case full = "FULL"
    }

    /// How long a process works with the store.
    package enum Use: Sendable {
        case longLived
        /// For one event: each opening reads the -wal whole, 5 µs a page, and
        /// forgets how much of it was moved already.
        case oneShot

        /// Pages in the -wal above which it is moved into the database: when
        /// there is time, see ``Store/tidy()``; when there is none, see ``StoreLimits``.
        fileprivate var checkpointPages: Int {
            Int((self == .oneShot ? 256 << 10 : 1 << 20) / StoreLimits.pageBytes)
        }

        fileprivate func busyCheckpointPages(_ limits: StoreLimits) -> Int {
            self == .oneShot ? checkpointPages : limits.busyCheckpointPages
        }
    }

    private let use: Use
    /// Of this file, which an earlier version may have made.
    private let pageBytes: Int64
    package let limits: StoreLimits
    /// A process that ends at once has no time later.
    private let busyCheckpointPages: Int
    /// Whether removed rows are overwritten.
    package private(set) var leavesNoTraces = false
    /// `nil` where there is no -wal.
    private let room: StoreRoom?
    /// Bytes of the file that have a block on the disk.
    private var reserved: Int64 = 0
    /// How long the file was at the last commit.
    private var length: Int64 = 0

    /// The path of a store that is nowhere.
    package static let memoryPath = ":memory:"

    /// - Parameter isOnNetwork: On the file system of another machine: without a
    ///   -wal, and for one process.
    package convenience init(
        path: String, use: Use = .longLived, limits: StoreLimits = StoreLimits(), isOnNetwork: Bool = false
    ) throws(StoreError) {
        let usesWAL = !isOnNetwork && path != Self.memoryPath
        let connection =
            usesWAL
            ? try IndexFile.held(path) { () throws(StoreError) in try Self.open(path, usesWAL: true) }
            : try Self.open(path, usesWAL: false)
        let room = usesWAL ? StoreRoom(database: path) : nil
        if usesWAL {
            connection.grow(by: StoreRoom.growthBytes)
            room?.keepLog()
        }
        // Debian's SQLite writes each freed page once more, zeroed: twice the
        // pages for each batch that is done. FAST zeroes where that costs nothing.
        // The -wal keeps its length while there is much to do: cutting it off and
        // making it longer again cost a tenth of a flood.
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

    private static func open(_ path: String, usesWAL: Bool) throws(StoreError) -> Connection {
        let connection = try Connection(path: path)
        let isInMemory = path == memoryPath
        // By path: opening and closing the file would drop SQLite's locks on it.
        if !isInMemory { chmod(path, 0o600) }
        if !usesWAL, !isInMemory {
            try connection.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE")
        }
        try Schema.install(on: connection, usesWAL: usesWAL || isInMemory)
        return connection
    }

    /// For ``StoreReader``: nothing is installed, and nothing can be written.
    convenience init(reading connection: Connection) {
        self.init(connection, .oneShot, StoreLimits(), pageBytes: StoreLimits.pageBytes, nil)
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

    /// In a forked child, where no other thread exists.
    package static func reinitializeInChild() { IndexFile.reinitializeInChild() }

    /// An open transaction, as its body sees it.
    package struct Transaction {
        fileprivate var isRolledBack = false
        /// Undoes everything when the body returns.
        package mutating func rollBack() { isRolledBack = true }
    }

    /// Runs `body` inside BEGIN IMMEDIATE … COMMIT; undoes it when it throws or
    /// asks for it.
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
            // SQLite may have rolled back by itself (disk full); then this fails.
            if connection.isInTransaction { try? rollback(connection).run() }
            throw error
        }
    }

    /// Moving the -wal into the file must not need a new block.
    private func reserveGrowth() throws(StoreError) {
        guard room != nil else { return }
        let bytes = try integer(&pageCount) * pageBytes
        // Another connection wrote the file anew.
        if bytes < length { reserved = 0 }
        length = bytes
        guard bytes > reserved else { return }
        try connection.reserve(bytes: bytes)
        reserved = bytes
    }

    /// As ``Connection/checkpoint(truncates:)``; the -wal keeps its least length.
    @discardableResult
    func checkpoint(truncates: Bool) -> Bool {
        let isWhole = connection.checkpoint(truncates: truncates)
        if truncates { room?.keepLog() }
        return isWhole
    }

    /// Bytes in use in the database file, without its -wal.
    package func bytesInUse() throws(StoreError) -> Int64 { try bytesInPages().used }

    /// Bytes of pages that hold something, and of those that hold nothing.
    func bytesInPages() throws(StoreError) -> (used: Int64, free: Int64) {
        let free = try integer(&freePageCount)
        return (try (integer(&pageCount) - free) * pageBytes, free * pageBytes)
    }

    private func integer(_ lazy: inout LazyStatement) throws(StoreError) -> Int64 {
        let statement = try lazy(connection)
        defer { statement.reset() }
        return try statement.step() ? statement.count(0) : 0
    }

    /// Keeps the -wal small. For moments in which nothing waits.
    package func tidy() {
        let pages = connection.logPages
        // After a flood the next opening should not read it all.
        if pages >= use.checkpointPages { checkpoint(truncates: pages > 2 * use.checkpointPages) }
        compact()
    }

    /// Removes all events, dead letters and sessions; deletion requests stay.
    /// Inside ``erasing(_:)``.
    ///
    /// - Returns: how many events.
    package func purge() throws(StoreError) -> Int64 {
        let count = try discard(try events.allEvents())
        try sessions.removeAll()
        return count
    }

    /// The key that tells each connection to leave no traces.
    private static let tracelessKey = "analytics.traceless"

    /// Overwrites removed rows from here on. Inside a transaction.
    package func leaveNoTraces() throws(StoreError) {
        guard !leavesNoTraces else { return }
        try keyValue.set(Self.tracelessKey, "1")
        try connection.execute("PRAGMA secure_delete = ON")
        leavesNoTraces = true
    }

    /// Empties the -wal; false while another process's reader or writer hinders it.
    package func emptyLog() -> Bool { checkpoint(truncates: true) }

    /// A transaction that waits for the disk, in which each freed page is zeroed.
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

    /// Writes the database anew, so that free pages keep nothing that was removed
    /// earlier, and empties the -wal. Inside no transaction.
    ///
    /// - Returns: false when another process's reader or writer hinders it.
    package func wipe() -> Bool {
        // Otherwise the file would keep its length, with what was at its end.
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
