// SPDX-License-Identifier: MIT
import CSQLite
import Glibc

/// Why the store could not do something: the action, the file, and the error of SQLite
/// or the system.
package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// SQLite answered with this extended result code.
        case sqlite(Int32)
        /// A system call failed with this errno.
        case system(Int32)
        /// The file was made by a later version of Footfall.
        case newerSchema(Int32)
    }

    package var kind: Kind
    /// The action and its file, as `opening /var/lib/x/store.db`.
    package var action: String
    /// The error of SQLite or the system, and the cure if there is one.
    package var detail: String
    /// The errno behind SQLite's code; 0 when there is none.
    package var cause: Int32

    package init(_ kind: Kind, _ action: String, _ detail: String, cause: Int32 = 0) {
        self.cause = cause
        self.kind = kind
        self.action = action
        self.detail = detail
    }

    /// An error of the system, from errno unless another code is given.
    package static func system(_ action: String, _ error: Int32 = errno) -> StoreError {
        // ENXIO is the error for a FIFO, a socket or a device where a file belongs.
        StoreError(.system(error), action, error == ENXIO ? "it is no regular file" : String(cString: strerror(error)))
    }

    /// Whether another connection holds the database's lock: trying again will succeed.
    package var isBusy: Bool {
        if case .sqlite(let code) = kind { return code & 0xFF == SQLITE_BUSY }
        return false
    }

    /// Whether the file is not a database, or a damaged one.
    package var isCorrupt: Bool {
        guard case .sqlite(let code) = kind else { return false }
        return code & 0xFF == SQLITE_CORRUPT || code & 0xFF == SQLITE_NOTADB
    }

    /// Whether reading or copying a row failed because the database is damaged.
    var isDamage: Bool {
        guard case .sqlite(let code) = kind, !isFull, code != footfall_SQLITE_IOERR_NOMEM else { return false }
        return [
            SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_IOERR, SQLITE_SCHEMA, SQLITE_TOOBIG, SQLITE_CONSTRAINT,
            SQLITE_MISMATCH, SQLITE_FORMAT, SQLITE_RANGE,
        ].contains(code & 0xFF)
    }

    /// Whether this process cannot use the directory or the file, and waiting does not
    /// change that: it is read-only, another user's, no directory, or of a later version.
    /// False for errors that may pass: no descriptor, no memory, an interruption, an error
    /// of the disk.
    package var isUnusable: Bool {
        switch kind {
        case .newerSchema: true
        case .sqlite(let code):
            switch code & 0xFF {
            case SQLITE_PERM, SQLITE_AUTH: true
            // SQLite opens a file for reading when it cannot open it for writing; the cause
            // says why.
            case SQLITE_READONLY: cause == 0 || Self.isAboutTheDirectory(cause)
            case SQLITE_CANTOPEN:
                code == footfall_SQLITE_CANTOPEN_SYMLINK || code == footfall_SQLITE_CANTOPEN_ISDIR
                    || Self.isAboutTheDirectory(cause)
            default: false
            }
        case .system(let code): Self.isAboutTheDirectory(code)
        }
    }

    private static func isAboutTheDirectory(_ code: Int32) -> Bool {
        [EROFS, EACCES, EPERM, ENOTDIR, ELOOP, ENOENT, EISDIR, ENXIO].contains(code)
    }

    /// Whether the disk failed to read.
    package var isReadError: Bool {
        switch kind {
        case .sqlite(let code): code & 0xFF == SQLITE_IOERR && cause == EIO
        case .system(let code): code == EIO
        case .newerSchema: false
        }
    }

    /// Another process has the database open or moves it: trying again in a second may
    /// succeed.
    static func movedAside(_ path: String) -> StoreError {
        StoreError(.system(EBUSY), "locking \(path)", "another process has the store open, or repairs it")
    }

    /// Whether the disk is full, or the store has reached its limit.
    package var isFull: Bool {
        switch kind {
        // SHMSIZE is the error of opening a database without disk space for its -shm.
        case .sqlite(let code):
            code & 0xFF == SQLITE_FULL || code == footfall_SQLITE_IOERR_SHMSIZE
                || code & 0xFF == SQLITE_IOERR && Self.isAboutRoom(cause)
        case .system(let code): Self.isAboutRoom(code)
        case .newerSchema: false
        }
    }

    /// EFBIG is the error of a limit on the length of files.
    private static func isAboutRoom(_ code: Int32) -> Bool { [ENOSPC, EDQUOT, EFBIG].contains(code) }

    package var description: String { "\(action): \(detail)" }
}
