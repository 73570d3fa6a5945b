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
/// The descriptor stays open as long as this process has a connection: closing it earlier
/// would drop the locks of all connections of the process. The mark, which SQLite sees as one
/// more connection, stays as long, and unlike SQLite's own locks it outlasts a host that opens
/// and closes the file: the index of a store in use is never emptied.
///
/// Each connection has a reference to the object until it is closed.
final class IndexFile: Sendable {
    private final class Shared {
        let path: String
        let descriptor: Int32
        let process = getpid()
        /// Whether the file was filled and has this process's mark.
        private(set) var isMarked = false
        private var connections = 0

        init(_ path: String, _ descriptor: Int32) { (self.path, self.descriptor) = (path, descriptor) }

        func opened() { connections += 1 }

        /// - Returns: whether this was the last connection.
        func closed() -> Bool {
            connections -= 1
            return connections == 0
        }

        func mark() throws(StoreError) {
            guard !isMarked else { return }
            var held = ftf_size_signal()
            ftf_size_signal_hold(&held)
            let failed = ftf_index_mark(descriptor, StoreRoom.indexBytes)
            ftf_size_signal_release(&held)
            guard failed == 0 else { throw .system("making \(path)", failed) }
            isMarked = true
        }
    }

    private static let lock = Lock()
    // Protected by lock, as are the fields of what is in it.
    private nonisolated(unsafe) static var files: [String: Shared] = [:]
    private nonisolated(unsafe) static var process: pid_t = 0

    private nonisolated(unsafe) let shared: Shared

    /// To be called with the lock.
    private init(_ shared: Shared) {
        self.shared = shared
        shared.opened()
    }

    deinit {
        Self.lock.withLock {
            // A forked child closed what it inherited.
            guard shared.closed(), shared.process == getpid(), Self.files[shared.path] === shared else { return }
            Self.files[shared.path] = nil
            close(shared.descriptor)
        }
    }

    /// Fills the file and runs `open`, which must open a connection and read with it.
    ///
    /// - Parameters:
    ///   - makes: Whether to make the file when it is missing. If not, `open` runs without it.
    ///   - open: Gives its parameter to the connection.
    static func held<R>(
        _ database: String, makes: Bool = true, _ open: (IndexFile?) throws(StoreError) -> R
    ) throws(StoreError) -> R {
        // The last reference must not go while the lock is held.
        var file: IndexFile?
        defer { withExtendedLifetime(file) {} }
        return try lock.withLock { () throws(StoreError) in
            if let shared = try shared("\(database)-shm", makes: makes) {
                file = IndexFile(shared)
                try shared.mark()
            }
            return try open(file)
        }
    }

    /// In a forked child, where the thread that held the lock does not exist.
    static func reinitializeInChild() { lock.reinitialize() }

    private static func shared(_ path: String, makes: Bool) throws(StoreError) -> Shared? {
        if process != getpid() {
            // A forked child inherited them. It has no connection yet, so they can be closed.
            for (_, file) in files { close(file.descriptor) }
            files = [:]
            process = getpid()
        }
        if let known = files[path] {
            if Listing.isName(path, of: known.descriptor) { return known }
            // A repair replaced the file.
            close(known.descriptor)
            files[path] = nil
        }
        let descriptor = ftf_open(path, makes ? O_RDWR | O_CREAT : O_RDWR)
        guard descriptor >= 0 else {
            guard makes else { return nil }
            throw .system("making \(path)")
        }
        let file = Shared(path, descriptor)
        files[path] = file
        return file
    }
}
