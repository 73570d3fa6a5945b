// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// What a process has tracked and not stored yet, in two files of its own.
///
/// A record is in the page cache when ``append(_:)`` returns, so it survives the
/// death of the process. The files alternate: callers append to one while the
/// other is stored and then cut off. A lock file, held as long as the process
/// lives, tells others that they must not adopt it; it gets its final name only
/// when it is locked, so nobody sees it free before.
///
/// Not for several threads at once.
package final class Spool {
    /// A random name: process ids come again.
    package let id: String
    private let base: String
    private let files: [SpoolFile]
    private var lockDescriptor: Int32

    /// The file that callers append to.
    private var active = 0
    /// The last sequence number in the other file while it is not cut off.
    private var draining: Int64?
    /// The last sequence number in the active file.
    private var lastAppended: Int64 = 0

    /// Makes a spool in a directory for a source (an application and its role).
    ///
    /// - Parameter erasure: The last erasure before its events: see ``ConsentFile``.
    package init(directory: String, source: String, bootID: String, erasure: Int64 = 0) throws(StoreError) {
        var id = UUIDv4.random().description
        var attempt = 1
        while true {
            do throws(StoreError) {
                lockDescriptor = try Self.makeLock(
                    directory: directory, id: id, source: source, bootID: bootID, erasure: erasure)
                break
            } catch {
                // Somebody took it for what a dead process left, and locked or removed it.
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
        let descriptor = footfall_open(hidden, O_RDWR | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw .system("making \(hidden)") }
        let failed = footfall_lock_description(descriptor)
        var header = ByteBuffer()
        header.append(
            json: JSONObject([
                ("version", 1), ("source", .string(source)), ("boot", .string(bootID)), ("erasure", .int(erasure)),
            ]))
        let written = header.withBytes { write(descriptor, $0.baseAddress, $0.count) }
        guard failed == 0, written == header.count, rename(hidden, final) == 0 else {
            let error = failed != 0 ? failed : errno
            close(descriptor)
            unlink(hidden)
            throw .system("making \(final)", error)
        }
        return descriptor
    }

    deinit { abandon() }

    /// Bytes of records that are not cut off.
    package var size: Int { files[0].size + files[1].size }

    /// Appends one finished record.
    package func append(_ record: borrowing ByteBuffer, sequence: Int64) throws(StoreError) {
        try record.withBytes { (bytes) throws(StoreError) in
            try files[active].append(UnsafeRawBufferPointer(bytes))
        }
        lastAppended = sequence
    }

    /// Lets callers append to the other file from now on, if that one is empty
    /// and this one is not; whether it did. What is in this one is cut off when
    /// it is stored.
    package func switchFiles() -> Bool {
        guard draining == nil, files[active].size > 0 else { return false }
        draining = lastAppended
        active = 1 - active
        return true
    }

    /// Everything up to a sequence number is stored: cuts off what is not needed.
    package func stored(upTo sequence: Int64) throws(StoreError) {
        if let draining, draining <= sequence {
            try files[1 - active].truncate()
            self.draining = nil
        }
        // The caller holds the lock that appends are made under.
        if draining == nil, lastAppended <= sequence { try files[active].truncate() }
    }

    /// A reader of the file that is not appended to, from its beginning; `nil`
    /// when that one is empty. It may be used without the caller's lock until
    /// ``stored(upTo:)`` cuts the file off.
    package func drainingReader() -> Cursor? { draining == nil ? nil : Cursor(files[1 - active]) }

    /// True when nothing is left that was not cut off.
    package var isEmpty: Bool { size == 0 }

    /// Removes the files, when everything is stored.
    package func remove() {
        for file in files { file.remove() }
        guard lockDescriptor >= 0 else { return }
        unlink("\(base).lock")
        close(lockDescriptor)
        lockDescriptor = -1
    }

    /// Closes the files and leaves them to whoever adopts them.
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

        /// Stretches of the file that are no records, so far.
        package var damaged: Int { reader.damaged }

        /// Calls `body` with the next record; false at the end.
        package func next(
            _ body: (_ sequence: Int64, _ payload: UnsafeRawBufferPointer) -> Void
        ) throws(StoreError) -> Bool {
            try reader.next(body)
        }
    }
}
