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
/// all connections of the process.
enum IndexFile {
    private static let lock = Lock()
    // Protected by lock.
    private nonisolated(unsafe) static var descriptors: [String: Int32] = [:]
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
            guard let descriptor = try self.descriptor(path, makes: makes) else { return try open() }
            var held = ftf_size_signal()
            ftf_size_signal_hold(&held)
            let failed = ftf_index_hold(descriptor, StoreRoom.indexBytes)
            ftf_size_signal_release(&held)
            guard failed == 0 else { throw .system("making \(path)", failed) }
            defer { ftf_index_let_go(descriptor) }
            return try open()
        }
    }

    /// In a forked child, where the thread that held the lock does not exist.
    static func reinitializeInChild() { lock.reinitialize() }

    private static func descriptor(_ path: String, makes: Bool) throws(StoreError) -> Int32? {
        if process != getpid() {
            // A forked child inherited them. It has no connection yet, so they can be closed.
            for (_, descriptor) in descriptors { close(descriptor) }
            descriptors = [:]
            process = getpid()
        }
        if let known = descriptors[path] {
            if isSame(known, path) { return known }
            // A repair replaced the file while no connection was open.
            close(known)
            descriptors[path] = nil
        }
        let descriptor = ftf_open(path, makes ? O_RDWR | O_CREAT : O_RDWR)
        guard descriptor >= 0 else {
            guard makes else { return nil }
            throw .system("making \(path)")
        }
        descriptors[path] = descriptor
        return descriptor
    }

    private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
        var (held, there) = (stat(), stat())
        return fstat(descriptor, &held) == 0 && lstat(path, &there) == 0
            && held.st_dev == there.st_dev && held.st_ino == there.st_ino
    }
}
