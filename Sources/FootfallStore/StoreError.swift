// SPDX-License-Identifier: MIT
import CSQLite
import Glibc

/// Why the store could not do something: what, where, and what SQLite or the
/// system said of it.
package struct StoreError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// SQLite answered with this extended result code.
        case sqlite(Int32)
        /// A system call failed with this errno.
        case system(Int32)
        /// The file was made by a later version of Footfall.
        case newerSchema(Int32)
    }

    package var kind: Kind
    /// What was being done, to what: `opening /var/lib/x/store.db`.
    package var action: String
    package var detail: String
    /// The errno behind SQLite's code; 0 where there is none.
    package var cause: Int32

    package init(_ kind: Kind, _ action: String, _ detail: String, cause: Int32 = 0) {
        self.cause = cause
        self.kind = kind
        self.action = action
        self.detail = detail
    }

    /// From errno, right after the call that failed.
    package static func system(_ action: String, _ error: Int32 = errno) -> StoreError {
        // ENXIO is the error for a FIFO, a socket or a device where a file belongs.
        StoreError(.system(error), action, error == ENXIO ? "it is no regular file" : String(cString: strerror(error)))
    }

    /// Another connection holds the lock: worth trying again, for ever.
    package var isBusy: Bool {
        if case .sqlite(let code) = kind { return code & 0xFF == SQLITE_BUSY }
        return false
    }

    /// What was read is no database, or not a whole one.
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

    /// The place cannot be used by this process, and waiting does not change that:
    /// read-only, another user's, no directory, or of a later version. What may pass
    /// (no descriptor, no memory, an interruption, an error of the disk) is not among it.
    package var isUnusable: Bool {
        switch kind {
        case .newerSchema: true
        case .sqlite(let code):
            switch code & 0xFF {
            case SQLITE_PERM, SQLITE_AUTH: true
            // SQLite opens for reading where opening for writing failed, for whatever reason.
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

    /// The disk did not give what is stored.
    package var isReadError: Bool {
        switch kind {
        case .sqlite(let code): code & 0xFF == SQLITE_IOERR && cause == EIO
        case .system(let code): code == EIO
        case .newerSchema: false
        }
    }

    /// Somebody has the database open, or moves it: worth trying again in a second.
    static func movedAside(_ path: String) -> StoreError {
        StoreError(.system(EBUSY), "locking \(path)", "another process has the store open, or repairs it")
    }

    /// The disk or the cap is full.
    package var isFull: Bool {
        switch kind {
        // The second is what an opening says that has no room for its -shm.
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
