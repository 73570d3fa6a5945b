// SPDX-License-Identifier: MIT
import Glibc

/// The owner of a directory and its files. A file that another user can change is neither
/// trusted nor written to: that user could read or replace it.
struct DirectoryOwner {
    let user: uid_t

    /// The owner of a directory. Throws when the path is a link or no directory.
    init(of path: String) throws(StoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .system("opening \(path)") }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: user = status.st_uid
        case S_IFLNK: throw StoreError(.system(ELOOP), "opening \(path)", "it is a symbolic link")
        default: throw .system("opening \(path)", ENOTDIR)
        }
    }

    /// Throws unless the owner is the user that the process acts for.
    func mustBeSelf(_ path: String) throws(StoreError) {
        guard user != geteuid() else { return }
        throw StoreError(.system(EPERM), "opening \(path)", "it belongs to another user (\(user))")
    }

    /// Throws unless a file is missing, or is a plain file of the owner or of root.
    ///
    /// The file is not opened: closing it would drop SQLite's locks.
    func mustOwn(_ path: String) throws(StoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT else { throw .system("opening \(path)") }
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFLNK: throw StoreError(.system(ELOOP), "opening \(path)", "it is a symbolic link; remove it")
        default: throw StoreError(.system(EPERM), "opening \(path)", "it is no plain file; remove it")
        }
        guard status.st_uid == user || status.st_uid == 0 else {
            throw StoreError(
                .system(EPERM), "opening \(path)",
                "it belongs to another user (\(status.st_uid)), who may have planted it; remove it")
        }
    }

    /// Sets mode 0700 on a directory that other users can write to.
    ///
    /// It works on a descriptor: the path may lead elsewhere a moment later.
    ///
    /// - Returns: whether other users could write until now.
    func closeToOthers(_ path: String) throws(StoreError) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .system("opening \(path)") }
        guard status.st_mode & 0o022 != 0 else { return false }
        guard status.st_mode & S_ISVTX == 0 else {
            throw StoreError(
                .system(EPERM), "opening \(path)",
                "all users share it; name a directory of your own, or a new one in it")
        }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("opening \(path)") }
        defer { close(descriptor) }
        guard fstat(descriptor, &status) == 0, status.st_uid == user else {
            throw StoreError(.system(EPERM), "opening \(path)", "it was replaced by another user's")
        }
        // A file system without modes (vfat) ignores this; all its files belong to one user.
        return fchmod(descriptor, 0o700) == 0 && fstat(descriptor, &status) == 0 && status.st_mode & 0o077 == 0
    }
}
