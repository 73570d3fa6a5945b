// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// The events that a process has tracked and not stored yet, in two files of its own.
///
/// When ``append(_:sequence:)`` returns, the record is in the page cache and survives the
/// death of the process. The files alternate: callers append to one while the events of the
/// other are stored; then that one is truncated. A lock file, locked as long as the process
/// lives, keeps other processes from adopting the spool. It gets its final name after it is
/// locked, so no process ever finds it unlocked.
///
/// One thread at a time.
package final class Spool {
    /// A random name, since process ids are used again.
    package let id: String
    private let base: String
    private let files: [SpoolFile]
    private var lockDescriptor: Int32

    /// The file that callers append to.
    private var active = 0
    /// The last sequence number in the other file; `nil` when that file is empty.
    private var draining: Int64?
    /// The last sequence number in the active file.
    private var lastAppended: Int64 = 0

    /// Makes a spool.
    ///
    /// - Parameters:
    ///   - source: The application and its role; only they may adopt the spool later.
    ///   - erasure: The last erasure before the events of the spool: see ``ConsentFile``.
    package init(directory: String, source: String, bootID: String, erasure: Int64 = 0) throws(StoreError) {
        var id = UUIDv4.random().description
        var attempt = 1
        while true {
            do throws(StoreError) {
                lockDescriptor = try Self.makeLock(
                    directory: directory, id: id, source: source, bootID: bootID, erasure: erasure)
                break
            } catch {
                // Another process took the new file for that of a dead process, and locked
                // or removed it.
                let isTaken = [EAGAIN, EACCES, ENOENT].contains { error.kind == .system($0) }
                guard attempt < 20, isTaken else { throw error }
            }
            id = UUIDv4.random().description
            attempt += 1
        }
        self.id = id
        base = "\(directory)/\(id)"
        files = [SpoolFile(path: "\(base).a"), SpoolFile(path: "\(base).b")]
    }

    private static func makeLock(
        directory: String, id: String, source: String, bootID: String, erasure: Int64
    ) throws(StoreError) -> Int32 {
        let hidden = "\(directory)/.\(id).lock"
        let final = "\(directory)/\(id).lock"
        let descriptor = ftf_open(hidden, O_RDWR | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw .system("making \(hidden)") }
        let failed = ftf_lock_description(descriptor)
        let unwritten = SpoolHeader(source: source, bootID: bootID, erasure: erasure).write(to: descriptor)
        guard failed == 0, unwritten == 0, rename(hidden, final) == 0 else {
            let error = failed != 0 ? failed : unwritten != 0 ? unwritten : errno
            close(descriptor)
            unlink(hidden)
            throw .system("making \(final)", error)
        }
        return descriptor
    }

    deinit { abandon() }

    /// Bytes of records in both files.
    package var size: Int { files[0].size + files[1].size }

    /// Appends one complete record.
    package func append(_ record: borrowing ByteBuffer, sequence: Int64) throws(StoreError) {
        try record.withBytes { (bytes) throws(StoreError) in
            try files[active].append(UnsafeRawBufferPointer(bytes))
        }
        lastAppended = sequence
    }

    /// Makes callers append to the other file, if that is empty and the current one is not.
    ///
    /// - Returns: whether the files were switched.
    package func switchFiles() -> Bool {
        guard draining == nil, files[active].size > 0 else { return false }
        draining = lastAppended
        active = 1 - active
        return true
    }

    /// Truncates the files whose records are all stored.
    ///
    /// - Parameter sequence: The last record that is in the store.
    package func stored(upTo sequence: Int64) throws(StoreError) {
        if let draining, draining <= sequence {
            try files[1 - active].truncate()
            self.draining = nil
        }
        // The caller holds the lock under which records are appended.
        if draining == nil, lastAppended <= sequence { try files[active].truncate() }
    }

    /// A reader of the file that callers do not append to; `nil` when that is empty. It may
    /// be used without the caller's lock until ``stored(upTo:)`` truncates the file.
    package func drainingReader() -> Cursor? { draining == nil ? nil : Cursor(files[1 - active]) }

    /// Whether both files are empty.
    package var isEmpty: Bool { size == 0 }

    /// Removes the files. All records must be stored.
    package func remove() {
        for file in files { file.remove() }
        guard lockDescriptor >= 0 else { return }
        unlink("\(base).strikes")
        unlink("\(base).lock")
        close(lockDescriptor)
        lockDescriptor = -1
    }

    /// Closes the files and leaves them to the next process that adopts them.
    package func abandon() {
        for file in files { file.close() }
        if lockDescriptor >= 0 { close(lockDescriptor) }
        lockDescriptor = -1
    }

    /// Reads the records of one file.
    package final class Cursor {
        private let reader: SpoolReader

        init(_ file: SpoolFile) {
            let size = file.size
            reader = SpoolReader { (offset, buffer) throws(StoreError) in
                offset >= size ? 0 : try file.read(at: offset, into: buffer)
            }
        }

        /// How many damaged parts were found so far.
        package var damaged: Int { reader.damaged }

        /// Calls `body` with the next record. Returns false at the end.
        package func next(
            _ body: (_ sequence: Int64, _ payload: UnsafeRawBufferPointer) -> Void
        ) throws(StoreError) -> Bool {
            try reader.next(body)
        }
    }
}
