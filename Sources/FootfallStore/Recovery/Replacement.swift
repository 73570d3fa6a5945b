// SPDX-License-Identifier: MIT
import Glibc

/// Puts a repaired database in the place of a damaged one, step by step: each step
/// may be the last before the process dies, and may be done once more.
///
/// `store.db.salvaging` is written and of no use before it is whole. Whole and on the
/// disk, it is renamed to `store.db.salvaged`; from then on nothing of the damaged
/// database is needed. ``StoreLock`` must be held alone.
struct Replacement {
    private let directory: StateDirectory
    /// What SQLite puts beside a database: changes that belong to that file alone.
    private static let logs = ["-wal", "-journal"]

    init(_ directory: StateDirectory) { self.directory = directory }

    /// Whether a repaired database waits for its place.
    static func isWaiting(in directory: StateDirectory) -> Bool { access(directory.salvaged, F_OK) == 0 }

    /// Removes what a repair left that was not committed.
    func removeUnfinished() {
        for suffix in [""] + Self.logs + ["-shm"] { unlink(directory.salvaging + suffix) }
    }

    /// The repaired file is whole and closed: from here on it is the store.
    func commit() throws(StoreError) {
        try sync(directory.salvaging)
        guard rename(directory.salvaging, directory.salvaged) == 0 else {
            throw .system("renaming \(directory.salvaging)")
        }
        try sync(directory.path)
        removeUnfinished()
    }

    /// Keeps the damaged file under another name and takes its place.
    ///
    /// - Returns: where the damaged file is now; `nil` when there is none.
    func finish(stamp: Int64) throws(StoreError) -> String? {
        let database = directory.database
        let aside = try setAside(stamp)
        // An old -wal would be replayed over the new file.
        for suffix in Self.logs + ["-shm"] where unlink(database + suffix) != 0 && errno != ENOENT {
            throw .system("removing \(database)\(suffix)")
        }
        // A process that looked into the repaired database left these; they are empty.
        for suffix in Self.logs + ["-shm"] { unlink(directory.salvaged + suffix) }
        // Their removal must not come to the disk after the renaming.
        try sync(directory.path)
        guard rename(directory.salvaged, database) == 0 else { throw .system("renaming \(directory.salvaged)") }
        // Events stored from now on need the new name on the disk.
        try sync(directory.path)
        removeUnfinished()
        return aside
    }

    private func setAside(_ stamp: Int64) throws(StoreError) -> String? {
        let database = directory.database
        let earlier = directory.setAside
        guard let file = Self.identity(database) else {
            // An attempt that died renamed the file: the file system has no links.
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

    /// Gives a file a second name; renames it where the file system has no links.
    private func keep(_ path: String, as other: String) throws(StoreError) {
        if link(path, other) == 0 || errno == EEXIST || errno == ENOENT { return }
        guard rename(path, other) == 0 || errno == ENOENT else { throw .system("moving \(path) aside") }
    }

    private static func identity(_ path: String) -> ino_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_ino : nil
    }

    /// Waits until a file, or the names in a directory, are on the disk.
    private func sync(_ path: String) throws(StoreError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .system("opening \(path)") }
        defer { close(file) }
        // EINVAL: the file system has nothing to wait for.
        guard fsync(file) == 0 || errno == EINVAL else { throw .system("syncing \(path)") }
    }
}
