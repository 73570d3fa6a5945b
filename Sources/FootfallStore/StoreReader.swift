// SPDX-License-Identifier: MIT
import CSQLite
import Glibc

/// Reads a store without changing it, also as another user: it makes no tables and no lock
/// file, and changes no modes. SQLite may make its `-wal` and `-shm`, which it gives to the
/// owner of the database.
package struct StoreReader: Sendable {
    private let directory: StateDirectory

    package init(_ directory: StateDirectory) { self.directory = directory }

    /// Runs `body` in one read transaction: all that it reads is of one moment, whatever
    /// other processes write meanwhile.
    ///
    /// - Returns: `nil` when there is no store, or none that has its tables.
    package func read<R>(_ body: (Store) throws(StoreError) -> R) throws(StoreError) -> R? {
        guard !StateDirectory.isMissing(directory.path) else { return nil }
        try directory.check(for: .look)
        guard !StateDirectory.isMissing(directory.database) else { return nil }
        // A process that holds this lock exclusively may move the database.
        let sharing = try StoreLock(sharingIfThere: directory.storeLock)
        defer { withExtendedLifetime(sharing) {} }
        let store: Store?
        do throws(StoreError) {
            store = try IndexFile.held(directory.database, makes: false) { (index) throws(StoreError) in
                try open(.reading, index)
            }
        } catch {
            // Without a -wal, a transaction was interrupted. SQLite must roll it back
            // before it reads, and needs to write for that.
            guard case .sqlite(let code) = error.kind, code == footfall_SQLITE_READONLY_ROLLBACK else { throw error }
            store = try open(.writing, nil)
        }
        guard let store else { return nil }
        return try body(store)
    }

    /// Opens the database and begins a read transaction, which ends with the connection.
    private func open(_ access: Connection.Access, _ index: IndexFile?) throws(StoreError) -> Store? {
        // A repaired database that was not put in its place yet is the store.
        let path = Replacement.isWaiting(in: directory) ? directory.salvaged : directory.database
        let connection = try Connection(path: path, access: access, index: index)
        try connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; BEGIN")
        // The first read of the transaction decides which moment all its reads show.
        guard try Schema.isInstalled(on: connection) else { return nil }
        return try Store(reading: connection)
    }
}
