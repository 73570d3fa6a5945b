// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Prepares the `-shm` file of a database, so that a full disk cannot kill the process.
///
/// The first connection to open the file truncates it and then writes one byte of each
/// 4 KiB. On a file system with smaller blocks the rest are holes, and writing into a hole
/// raises SIGBUS on a full disk. So the file is filled first, and SQLite is kept from
/// truncating it.
///
/// The descriptor stays open until the process ends: closing it would drop the locks of
/// all connections of the process. Its own mark, which SQLite sees as one more connection,
/// stays as long, and unlike SQLite's own locks it outlasts a host that opens and closes
/// the file: the index of a store in use is never emptied.
enum IndexFile {
    private struct File {
        let descriptor: Int32
        /// Whether it was filled and has this process's mark.
        var isMarked = false
    }

    private static let lock = Lock()
    // Protected by lock.
    private nonisolated(unsafe) static var files: [String: File] = [:]
    private nonisolated(unsafe) static var process: pid_t = 0

    /// Fills the file and runs `open`, which must open a connection and read with it.
    ///
    /// - Parameter makes: Whether to make the file when it is missing. If not, `open` runs
    ///   without it.
    static func held<R>(
        _ database: String, makes: Bool = true, _ open: () throws(StoreError) -> R
    ) throws(StoreError) -> R {
        try lock.withLock { () throws(StoreError) in
            let path = "\(database)-shm"
            if let file = try file(path, makes: makes), !file.isMarked {
                try mark(file, path)
            }
            return try open()
        }
    }

    /// In a forked child, where the thread that held the lock does not exist.
    static func reinitializeInChild() { lock.reinitialize() }

    private static func mark(_ file: File, _ path: String) throws(StoreError) {
        var held = ftf_size_signal()
        ftf_size_signal_hold(&held)
        let failed = ftf_index_mark(file.descriptor, StoreRoom.indexBytes)
        ftf_size_signal_release(&held)
        guard failed == 0 else { throw .system("making \(path)", failed) }
        files[path] = File(descriptor: file.descriptor, isMarked: true)
    }

    private static func file(_ path: String, makes: Bool) throws(StoreError) -> File? {
        if process != getpid() {
            // A forked child inherited them. It has no connection yet, so they can be closed.
            for (_, file) in files { close(file.descriptor) }
            files = [:]
            process = getpid()
        }
        if let known = files[path] {
            if isSame(known.descriptor, path) { return known }
            // The last connection removed the file, or a repair replaced it.
            close(known.descriptor)
            files[path] = nil
        }
        let descriptor = ftf_open(path, makes ? O_RDWR | O_CREAT : O_RDWR)
        guard descriptor >= 0 else {
            guard makes else { return nil }
            throw .system("making \(path)")
        }
        let file = File(descriptor: descriptor)
        files[path] = file
        return file
    }

    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var (held, there) = (stat(), stat())
        return fstat(descriptor, &held) == 0 && lstat(path, &there) == 0
            && held.st_dev == there.st_dev && held.st_ino == there.st_ino
    }
}
