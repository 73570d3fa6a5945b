// SPDX-License-Identifier: MIT
import Glibc

/// Replaces a damaged database by a repaired one, in steps. The process may die after any
/// step, and any step may be repeated.
///
/// `store.db.salvaging` is the file that is being written. When it is complete and on the
/// disk, it is renamed to `store.db.salvaged`; from then on the damaged database is not
/// needed. ``StoreLock`` must be held exclusively.
struct Replacement {
    private let directory: StateDirectory
    /// The files beside a database that have its latest changes.
    private static let logs = ["-wal", "-journal"]

    init(_ directory: StateDirectory) { self.directory = directory }

    /// Whether a repaired database waits to replace the damaged one.
    static func isWaiting(in directory: StateDirectory) -> Bool { access(directory.salvaged, F_OK) == 0 }

    /// Removes the files of a repair that was not committed.
    func removeUnfinished() {
        for suffix in [""] + Self.logs + ["-shm"] { unlink(directory.salvaging + suffix) }
    }

    /// Makes the repaired file the store. It must be complete and closed.
    func commit() throws(StoreError) {
        try sync(directory.salvaging)
        guard rename(directory.salvaging, directory.salvaged) == 0 else {
            throw .system("renaming \(directory.salvaging)")
        }
        try sync(directory.path)
        removeUnfinished()
    }

    /// Renames the damaged file and puts the repaired one in its place.
    ///
    /// - Returns: the new path of the damaged file; `nil` when there is none.
    func finish(stamp: Int64) throws(StoreError) -> String? {
        let database = directory.database
        let aside = try setAside(stamp)
        // SQLite would apply an old -wal to the new file.
        for suffix in Self.logs + ["-shm"] where unlink(database + suffix) != 0 && errno != ENOENT {
            throw .system("removing \(database)\(suffix)")
        }
        // A process that read the repaired database left these. They are empty.
        for suffix in Self.logs + ["-shm"] { unlink(directory.salvaged + suffix) }
        // The removals must reach the disk before the renaming.
        try sync(directory.path)
        guard rename(directory.salvaged, database) == 0 else { throw .system("renaming \(directory.salvaged)") }
        // The new name must be on the disk before more events are stored.
        try sync(directory.path)
        removeUnfinished()
        return aside
    }

    private func setAside(_ stamp: Int64) throws(StoreError) -> String? {
        let database = directory.database
        let earlier = directory.setAside
        guard let file = Self.identity(database) else {
            // The file is gone: an earlier attempt renamed it, on a file system without
            // links.
            return earlier.first { path in !Self.logs.contains { path.hasSuffix($0) } }
        }
        let linked = earlier.first { Self.identity($0) == file }
        let aside = linked ?? directory.aside(stamp)
        for path in earlier where linked == nil || path != aside && !Self.logs.contains(where: { path == aside + $0 }) {
            unlink(path)
        }
        for suffix in [""] + Self.logs { try keep(database + suffix, as: aside + suffix) }
        return aside
    }

    /// Gives a file a second name, or renames it on a file system without links.
    private func keep(_ path: String, as other: String) throws(StoreError) {
        if link(path, other) == 0 || errno == EEXIST || errno == ENOENT { return }
        guard rename(path, other) == 0 || errno == ENOENT else { throw .system("moving \(path) aside") }
    }

    private static func identity(_ path: String) -> ino_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_ino : nil
    }

    /// Waits until the content of a file, or the names in a directory, are on the disk.
    private func sync(_ path: String) throws(StoreError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system("opening \(path)") }
        defer { close(file) }
        // EINVAL: this file system cannot sync, so there is nothing to wait for.
        guard fsync(file) == 0 || errno == EINVAL else { throw .system("syncing \(path)") }
    }
}
