// SPDX-License-Identifier: MIT
import CSQLite
import Glibc

/// The tables, by number of the schema (`PRAGMA user_version`).
enum Schema {
    /// The newest schema that this version knows. A file with a higher number is not
    /// opened.
    static let version: Int32 = 1

    /// Whether the tables exist. Throws when a later version made them.
    static func isInstalled(on connection: Connection) throws(StoreError) -> Bool {
        let found = Int32(clamping: try connection.integer("PRAGMA user_version"))
        guard found <= version else { throw newer(found, connection) }
        if found < 1 { try refuseTablesWithoutNumber(connection) }
        return found >= 1
    }

    /// Tables in a file without a schema number are damage, which ``StoreRecovery`` repairs.
    private static func refuseTablesWithoutNumber(_ connection: Connection) throws(StoreError) {
        guard try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name IN ('event', 'kv')") == 0 else {
            throw StoreError(
                .sqlite(SQLITE_CORRUPT), "opening \(connection.path)", "it has tables and no schema number")
        }
    }

    /// Makes or upgrades the tables, in one transaction.
    ///
    /// - Parameter usesWAL: false where a -wal does not work.
    static func install(on connection: Connection, usesWAL: Bool = true) throws(StoreError) {
        var found = Int32(clamping: try connection.integer("PRAGMA user_version"))
        guard found != version else { return }
        guard found < version else { throw newer(found, connection) }

        // These settings are kept in the file, and cannot be changed inside a transaction.
        try connection.execute("PRAGMA page_size = \(StoreLimits.pageBytes)")
        if usesWAL { try switchToWAL(connection) }
        try connection.execute("PRAGMA synchronous = FULL")
        try connection.execute("BEGIN IMMEDIATE")
        do throws(StoreError) {
            found = Int32(clamping: try connection.integer("PRAGMA user_version"))
            if found > version { throw newer(found, connection) }
            if found < 1 {
                try refuseTablesWithoutNumber(connection)
                try connection.execute(version1)
            }
            try connection.execute("PRAGMA user_version = \(version); COMMIT")
        } catch {
            // When this fails, closing the connection rolls back.
            try? connection.execute("ROLLBACK")
            throw error
        }
    }

    /// Tries for five seconds. When several processes open a new file at once, SQLite does
    /// not call its busy handler for this statement.
    private static func switchToWAL(_ connection: Connection) throws(StoreError) {
        for attempt in 1... {
            do throws(StoreError) {
                return try connection.execute("PRAGMA journal_mode = WAL")
            } catch {
                guard error.isBusy, attempt < 2_500 else { throw error }
                usleep(2_000)
            }
        }
    }

    private static func newer(_ found: Int32, _ connection: Connection) -> StoreError {
        StoreError(
            .newerSchema(found), "opening \(connection.path)",
            "its schema is \(found), made by a later version; this one knows \(version) and leaves it alone")
    }

    /// - `kv`: the key-value store. `analytics_session_id` and
    ///   `analytics_session_id.last_access` are public.
    /// - `event`: each body once. `routes` has a bit for each destination that
    ///   takes it; ids grow and are never used twice (`next.event` in `counter`).
    ///   `clock` is what stamped it; 0 for a time that is right or the caller's.
    ///   A `priority` of 3 is a deletion request's (``DeletionMark``).
    /// - `variant`: the body for one destination, where its sub-chain changed it.
    /// - `destination`: what lies at or below `position` is done, but for what
    ///   `exception` names; what lies at or below `attempted` was tried, so its
    ///   bytes do not change any more.
    /// - `spool`: the last sequence number taken from a process's spool.
    /// - `sessions`: `clock` and `event` are those of its first event.
    /// - `clock`: spans of a boot in which the wall clock ran without a step.
    /// - `request`: requests to the process that uploads for a destination.
    private static let version1 = """
        CREATE TABLE kv (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE event (
            id INTEGER PRIMARY KEY, routes INTEGER NOT NULL, priority INTEGER NOT NULL, stored INTEGER NOT NULL,
            clock INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL);
        CREATE TABLE variant (
            event INTEGER NOT NULL, destination INTEGER NOT NULL, body BLOB NOT NULL,
            PRIMARY KEY (event, destination)) WITHOUT ROWID;
        CREATE TABLE destination (
            id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, key TEXT NOT NULL, position INTEGER NOT NULL,
            routed INTEGER NOT NULL DEFAULT 0, delivered INTEGER NOT NULL DEFAULT 0,
            dropped INTEGER NOT NULL DEFAULT 0, dead_lettered INTEGER NOT NULL DEFAULT 0,
            attempted INTEGER NOT NULL DEFAULT 0, retry TEXT);
        CREATE TABLE exception (
            destination INTEGER NOT NULL, event INTEGER NOT NULL, kind INTEGER NOT NULL, reason TEXT,
            at INTEGER NOT NULL, PRIMARY KEY (destination, event)) WITHOUT ROWID;
        CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE spool (id TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY, start INTEGER NOT NULL, last INTEGER NOT NULL, clock INTEGER NOT NULL DEFAULT 0,
            event INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE clock (
            id INTEGER PRIMARY KEY, boot TEXT NOT NULL, offset INTEGER NOT NULL, plausible INTEGER NOT NULL,
            truth INTEGER);
        CREATE TABLE request (id INTEGER PRIMARY KEY, name TEXT NOT NULL, argument TEXT);
        """
}
