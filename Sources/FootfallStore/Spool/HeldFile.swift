// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// Records that left the chain: raw, as they were in the spool, until a process can run them.
///
/// In the directory `held`, each has a lock file `ID.lock` with a ``SpoolHeader`` and the records in `ID.a`. The ID
/// is made from the spool that the records come from, the plugin and the reason, and the records keep the numbers
/// that they have there. So holding a record twice, because the process died in between, changes nothing.
///
/// One thread at a time.
package final class HeldFile {
    package let id: String
    private let base: String
    private let lockDescriptor: Int32
    private let file: SpoolFile
    private var header: SpoolHeader
    /// The numbers of the records.
    private var numbers: Set<Int64> = []
    /// The greatest of them.
    private var last: Int64 = 0
    private var isSynced = true

    /// Milliseconds. The time of the last record is written in steps, so that not every record writes it.
    private static let step: Int64 = 3_600_000

    /// Opens the file for the records of a spool, or makes it.
    ///
    /// - Parameter part: In a file, the numbers of records grow. A spool whose records come in another order, since a
    ///   process died meanwhile, has several.
    package init(directory: String, header: SpoolHeader, part: Int = 0) throws(StoreError) {
        guard let held = header.held else { throw .system("making a file of held events", EINVAL) }
        let id = Self.id(origin: held.origin, plugin: held.plugin, reason: held.reason)
        self.id = part == 0 ? id : "\(id)-\(part)"
        base = "\(directory)/\(self.id)"
        self.header = header
        lockDescriptor = try Self.lock(base, id: self.id, directory: directory, header)
        let path = "\(base).a"
        do throws(StoreError) {
            let found = try Self.records(of: path)
            numbers = found.numbers
            last = found.numbers.max() ?? 0
            file = SpoolFile(path: path, size: found.size)
        } catch {
            close(lockDescriptor)
            throw error
        }
    }

    deinit { close(lockDescriptor) }

    /// The name of the file for the records of a spool, or of a file in `held`, whose own name would grow.
    package static func id(origin: String, plugin: String, reason: SpoolHeader.Reason) -> String {
        let first = origin.utf8.count > 40 ? NameHash.digits(origin) : origin
        return "\(first).\(NameHash.digits("\(plugin)\n\(reason.rawValue)"))"
    }

    /// How often a lock file is opened or made before that is an error.
    private static let mostTries = 5

    /// Opens and locks the lock file, or makes it.
    ///
    /// Another process may be making the same file, use it for a moment, or remove an unfinished one.
    private static func lock(
        _ base: String, id: String, directory: String, _ header: SpoolHeader
    ) throws(StoreError) -> Int32 {
        var tries = 1
        while true {
            do throws(StoreError) {
                if let there = try openLock("\(base).lock") { return there }
                return try makeLock("\(base).lock", hidden: "\(directory)/.\(id).lock", header)
            } catch {
                guard tries < mostTries, error.kind == .system(EAGAIN) else { throw error }
            }
            tries += 1
            usleep(1_000)
        }
    }

    /// - Returns: `nil` when there is none.
    private static func openLock(_ path: String) throws(StoreError) -> Int32? {
        let descriptor = footfall_open(path, O_RDWR)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .system("opening \(path)")
        }
        var failed = footfall_lock_description(descriptor)
        // It was taken up since it was opened.
        if failed == 0, isRemoved(descriptor) { failed = EAGAIN }
        if failed == 0, SpoolHeader(descriptor) == nil { failed = EINVAL }
        if failed == 0 { return descriptor }
        close(descriptor)
        throw .system("locking \(path)", failed)
    }

    /// A new lock file gets its name once it is locked and whole, and takes no other one's place.
    private static func makeLock(
        _ path: String, hidden: String, _ header: SpoolHeader
    ) throws(StoreError) -> Int32 {
        let descriptor = footfall_open(hidden, O_RDWR | O_CREAT)
        guard descriptor >= 0 else { throw .system("making \(hidden)") }
        var failed = footfall_lock_description(descriptor)
        if failed == 0, isRemoved(descriptor) { failed = EAGAIN }
        guard failed == 0 else {
            close(descriptor)
            throw .system("locking \(hidden)", failed)
        }
        failed = header.write(to: descriptor)
        if failed == 0, link(hidden, path) != 0 { failed = errno == EEXIST ? EAGAIN : errno }
        unlink(hidden)
        guard failed != 0 else { return descriptor }
        close(descriptor)
        throw .system("making \(path)", failed)
    }

    /// The numbers of the records of a file, and where the last one ends. What is behind it, since a process died while
    /// it wrote, is cut off.
    private static func records(of path: String) throws(StoreError) -> (numbers: Set<Int64>, size: Int) {
        let descriptor = footfall_open(path, O_RDWR)
        guard descriptor >= 0 else {
            if errno == ENOENT { return ([], 0) }
            throw .system("opening \(path)")
        }
        defer { close(descriptor) }
        let reader = SpoolReader(descriptor, path)
        var (numbers, size): (Set<Int64>, Int) = ([], 0)
        while try reader.next({ sequence, _ in numbers.insert(sequence) }) { size = reader.position }
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system("truncating \(path)") }
        return (numbers, size)
    }

    /// Bytes of records.
    package var size: Int { file.size }

    /// Waits until the disk has the records. A failure is ignored: they survive the death of the process all the same.
    package func sync() {
        guard !isSynced else { return }
        file.sync()
        isSynced = true
    }

    /// Whether an opt-out has removed the file.
    package var isRemoved: Bool { Self.isRemoved(lockDescriptor) }

    private static func isRemoved(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) != 0 || status.st_nlink == 0
    }

    /// Whether a record can be appended, or is there already: its number is not below the last one's.
    package func takes(_ sequence: Int64) -> Bool { sequence > last || numbers.contains(sequence) }

    /// Appends one complete record that the file takes, unless it is there already.
    ///
    /// - Parameter lived: The counter `lived` now.
    package func append(_ record: borrowing ByteBuffer, sequence: Int64, lived: Int64) throws(StoreError) {
        guard sequence > last else { return }
        try record.withBytes { (bytes) throws(StoreError) in try file.append(UnsafeRawBufferPointer(bytes)) }
        last = sequence
        numbers.insert(sequence)
        isSynced = false
        guard lived >= (header.held?.lived ?? 0) + Self.step else { return }
        header.held?.lived = lived
        // Without it, the records expire earlier.
        _ = header.write(to: lockDescriptor)
    }
}
