// SPDX-License-Identifier: MIT
import CSQLite
import Glibc

/// Looks into a store and changes nothing of it, also as another user: no tables
/// are made, no mode is changed, no lock file appears. SQLite's own `-wal` and
/// `-shm` may; SQLite gives them to the database's owner.
package struct StoreReader: Sendable {
    private let directory: StateDirectory

    package init(_ directory: StateDirectory) { self.directory = directory }

    /// What `body` makes of the store, all of it as of one moment, whatever others
    /// write meanwhile.
    ///
    /// - Returns: `nil` when there is no store, or an unfinished one.
    package func read<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R? {
        var entry = stat()
        guard lstat(directory.database, &entry) == 0 || errno != ENOENT else { return nil }
        try directory.check(for: .look)
        // A process that holds the lock alone moves the database.
        let sharing = try StoreLock(sharingIfThere: directory.storeLock)
        defer { withExtendedLifetime(sharing) {} }
        let store: Store?
        do throws(StoreError) {
            store = try IndexFile.held(directory.database, makes: false) { () throws(StoreError) in
                try open(.reading)
            }
        } catch {
            // A transaction without a -wal was cut off: nothing can be read before
            // SQLite has undone it.
            guard case .sqlite(let code) = error.kind, code == footfall_SQLITE_READONLY_ROLLBACK else { throw error }
            store = try open(.writing)
        }
        guard let store else { return nil }
        return try body(store)
    }

    /// Reads in a transaction that ends with the connection.
    private func open(_ access: Connection.Access) throws(StoreError) -> Store? {
        // A repaired database that waits for its place is the store.
        let path = Replacement.isWaiting(in: directory) ? directory.salvaged : directory.database
        let connection = try Connection(path: path, access: access)
        try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; BEGIN")
        // The first read fixes the moment that all reads show.
        guard try Schema.isInstalled(on: connection) else { return nil }
        return Store(reading: connection)
    }
}
