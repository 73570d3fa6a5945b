// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// The spool of a dead process, adopted by a process of the same source.
package final class OrphanSpool {
    package let id: String
    package let header: SpoolHeader
    private let base: String
    private let lockDescriptor: Int32
    /// When the spool was made: the time of its lock file, in nanoseconds since 1970.
    private let made: Int64

    private init(id: String, header: SpoolHeader, base: String, lockDescriptor: Int32) {
        self.id = id
        self.header = header
        self.base = base
        self.lockDescriptor = lockDescriptor
        var status = stat()
        // Without the time only the order of the spools is undefined.
        made =
            fstat(lockDescriptor, &status) == 0
            ? Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec) : 0
    }

    deinit { close(lockDescriptor) }

    /// Adopts all spools of a source whose processes are dead, the oldest first.
    ///
    /// Each stays locked as long as the object exists, so only one process adopts it.
    ///
    /// - Parameter isWanted: Which ones; the default is all.
    package static func adoptAll(
        directory: String, source: String, where isWanted: (SpoolHeader) -> Bool = { _ in true }
    ) -> [OrphanSpool] {
        let names = names(in: directory)
        for name in names where name.hasPrefix(".") { removeUnfinished("\(directory)/\(name).lock") }
        return names.compactMap {
            adopt("\(directory)/\($0)", id: $0) { $0.source == source && isWanted($0) }
        }.sorted { $0.made < $1.made }
    }

    /// Adopts the spools of a source in which a process died while it was in a plugin.
    package static func adoptMarked(directory: String, source: String) -> [OrphanSpool] {
        names(in: directory).filter { StrikeFile.hasMark("\(directory)/\($0)") }.compactMap {
            adopt("\(directory)/\($0)", id: $0) { $0.source == source }
        }
    }

    /// Whether a process of the source died: it left records, or it was in a plugin. The locks are queried, not
    /// taken, and nothing is changed.
    package static func hasUncleanEnd(directory: String, source: String) -> Bool {
        has(directory, source) { hasRecords($0) || StrikeFile.hasMark($0) }
    }

    /// Whether a process of the source died in a plugin. Nothing is changed.
    package static func hasMark(directory: String, source: String) -> Bool {
        has(directory, source, where: StrikeFile.hasMark)
    }

    private static func has(
        _ directory: String, _ source: String, where isWanted: (_ base: String) -> Bool
    ) -> Bool {
        names(in: directory).contains { name in
            let base = "\(directory)/\(name)"
            guard !name.hasPrefix("."), isWanted(base) else { return false }
            let descriptor = Self.open("\(base).lock", O_RDONLY)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            return ftf_is_description_locked(descriptor) == 0 && SpoolHeader(descriptor)?.source == source
        }
    }

    /// Whether its process left records. A host that exits without a close leaves a spool without any.
    package var hasRecords: Bool { Self.hasRecords(base) }

    private static func hasRecords(_ base: String) -> Bool {
        ["a", "b"].contains { suffix in
            var status = stat()
            return lstat("\(base).\(suffix)", &status) == 0 && status.st_size > 0
        }
    }

    /// Removes the spools of dead processes that were made before an erasure, of all
    /// sources.
    package static func removeAll(directory: String, before erasure: Int64 = .max) {
        let isOwn = (try? DirectoryOwner(of: directory))?.user == geteuid()  // else nothing is removed
        for name in names(in: directory) where !name.hasPrefix(".") && isOwn {
            let base = "\(directory)/\(name)"
            let descriptor = ftf_open("\(base).lock", O_RDWR)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard ftf_lock_description(descriptor) == 0 else { continue }
            if let own = SpoolHeader(descriptor)?.erasure, own >= erasure { continue }
            for suffix in ["a", "b", "strikes", "lock"] { unlink("\(base).\(suffix)") }
        }
    }

    /// Removes a lock file whose process died before it gave the file its final name; it
    /// has no events. A living process has the file locked, or tries again with another
    /// name.
    private static func removeUnfinished(_ path: String) {
        let descriptor = Self.open(path)
        guard descriptor >= 0 else { return }
        if ftf_lock_description(descriptor) == 0, Listing.isName(path, of: descriptor) { unlink(path) }
        close(descriptor)
    }

    /// How many spools of other sources belong to dead processes. The locks are queried, not
    /// taken, so that another process can adopt a spool at the same time.
    package static func foreign(directory: String, source: String) -> Int {
        names(in: directory).count { name in
            guard !name.hasPrefix(".") else { return false }
            let descriptor = Self.open("\(directory)/\(name).lock", O_RDONLY)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            guard ftf_is_description_locked(descriptor) == 0 else { return false }
            return SpoolHeader(descriptor)?.source != source
        }
    }

    /// Bytes of the records in all spools of a directory, those of programs that run too.
    package static func bytes(in directory: String) -> Int64 {
        Listing.names(in: directory).filter { $0.hasSuffix(".a") || $0.hasSuffix(".b") }.reduce(0) { sum, name in
            var status = stat()
            return lstat("\(directory)/\(name)", &status) == 0 ? sum + Int64(status.st_size) : sum
        }
    }

    /// Whether a spool exists.
    package static func isThere(_ id: String, in directory: String) -> Bool {
        access("\(directory)/\(id).lock", F_OK) == 0
    }

    /// Opens a file; −1 with errno set when it cannot be opened. A file that belongs neither
    /// to the directory's owner nor to root counts as missing: another user may have planted
    /// it while the directory was open to others.
    static func open(_ path: String, _ flags: Int32 = O_RDWR) -> Int32 {
        let descriptor = ftf_open(path, flags)
        guard descriptor >= 0 else { return -1 }
        guard isPlanted(descriptor, in: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])) else {
            return descriptor
        }
        close(descriptor)
        errno = ENOENT
        return -1
    }

    /// Opens a file, or makes it; −1 with errno set when that fails. What is no file of this user in its place is
    /// removed: a link, a FIFO, an empty directory, or another user's file.
    static func make(_ path: String, _ flags: Int32) -> Int32 {
        let descriptor = open(path, flags | O_CREAT)
        guard descriptor < 0, isNoFile(errno) else { return descriptor }
        let error = errno
        guard unlink(path) == 0 || rmdir(path) == 0 else {
            errno = error
            return -1
        }
        return open(path, flags | O_CREAT)
    }

    /// Whether ``open(_:_:)`` found no file of this user at the path.
    static func isNoFile(_ error: Int32) -> Bool { [ENOENT, EISDIR, ENXIO, ELOOP].contains(error) }

    private static func isPlanted(_ descriptor: Int32, in directory: String) -> Bool {
        var (file, folder) = (stat(), stat())
        return fstat(descriptor, &file) != 0 || lstat(directory, &folder) != 0
            || file.st_uid != folder.st_uid && file.st_uid != 0
    }

    static func names(in directory: String) -> [String] {
        Listing.names(in: directory).filter { $0.hasSuffix(".lock") }.map { String($0.dropLast(5)) }
    }

    private static func adopt(_ base: String, id: String, where isWanted: (SpoolHeader) -> Bool) -> OrphanSpool? {
        guard !id.hasPrefix(".") else { return nil }
        let descriptor = Self.open("\(base).lock")
        guard descriptor >= 0 else { return nil }
        guard ftf_lock_description(descriptor) == 0, let header = SpoolHeader(descriptor), isWanted(header)
        else {
            close(descriptor)
            return nil
        }
        return OrphanSpool(id: id, header: header, base: base, lockDescriptor: descriptor)
    }

    /// Calls `body` with the records whose sequence number is above `watermark`, in order.
    ///
    /// - Returns: how many records were damaged.
    package func forEach(
        after watermark: Int64, _ body: (_ sequence: Int64, _ payload: UnsafeRawBufferPointer) -> Void
    ) throws(StoreError) -> Int {
        var damaged = 0
        for file in try filesInOrder() {
            damaged += try Self.read(file) { sequence, payload in
                if sequence > watermark { body(sequence, payload) }
                return true
            }
        }
        return damaged
    }

    /// The two files, the one with the older first record first: their records never
    /// overlap. A file without records is read as well, to count its damage.
    private func filesInOrder() throws(StoreError) -> [String] {
        var found: [(first: Int64, path: String)] = []
        for path in ["\(base).a", "\(base).b"] {
            var first: Int64?
            _ = try Self.read(path) { sequence, _ in
                first = sequence
                return false
            }
            found.append((first ?? .max, path))
        }
        return found.sorted { $0.first < $1.first }.map(\.path)
    }

    static func read(
        _ path: String, _ body: (Int64, UnsafeRawBufferPointer) -> Bool
    ) throws(StoreError) -> Int {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else {
            if errno == ENOENT { return 0 }
            throw .system("opening \(path)")
        }
        defer { close(descriptor) }
        let reader = SpoolReader(descriptor, path)
        var wantsMore = true
        while wantsMore, try reader.next({ wantsMore = body($0, $1) }) {}
        return reader.damaged
    }

    /// Removes the records, which must be stored. To be called before their watermark is
    /// removed from the store; otherwise the next process would store them again.
    package func removeRecords() throws(StoreError) {
        for suffix in ["a", "b"] {
            guard unlink("\(base).\(suffix)") == 0 || errno == ENOENT else {
                throw .system("removing \(base).\(suffix)")
            }
        }
    }

    /// Removes the lock file, the last of the spool.
    package func remove() {
        unlink("\(base).strikes")
        unlink("\(base).lock")
    }

    /// The deaths of processes at its records; `nil` when none was ever marked.
    package var strikes: StrikeFile? { StrikeFile(ifThere: base) }

    /// The file for deaths of processes at its records, which is made if it is missing.
    package func makeStrikes() throws(StoreError) -> StrikeFile { try StrikeFile(base) }

    /// The numbers of records of a spool that files of held events have already: a process died between holding them
    /// and storing that they are.
    package static func held(of origin: String, in directory: String) throws(StoreError) -> Set<Int64> {
        var numbers: Set<Int64> = []
        for file in HeldFile.all(in: directory) where file.held.origin == origin {
            try file.forEach { sequence, _ in numbers.insert(sequence) }
        }
        return numbers
    }
}
