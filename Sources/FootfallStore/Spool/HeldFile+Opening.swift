// SPDX-License-Identifier: MIT
import CSystem
import Glibc

extension HeldFile {
    /// A lock file that this process has locked, what it says, and the records beside it.
    struct Opened {
        let lock: Int32
        let header: SpoolHeader
        let file: SpoolFile
        let numbers: Set<Int64>
    }

    /// Other processes that start take the lock for a moment, to look whether they want the file, and remove a lock
    /// file that has no name yet.
    private static let attempts = 20

    /// Whether the file cannot be used because of what is in its place or who has it, so that another part can.
    package static func canUseAnotherPart(after error: StoreError) -> Bool {
        [EISDIR, ENOTEMPTY, EEXIST, ENXIO, ELOOP, EACCES, EPERM, EAGAIN].contains { error.kind == .system($0) }
    }

    /// Opens and locks the files of an ID, or makes them.
    static func open(_ id: String, in directory: String, _ header: SpoolHeader) throws(StoreError) -> Opened {
        var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
        var attempt = 1
        while true {
            do throws(StoreError) {
                return try openOnce("\(directory)/\(id)", hidden: "\(directory)/.\(id).lock", header)
            } catch {
                let isTaken = error.kind == .system(EAGAIN)
                guard attempt < attempts, isTaken || error.kind == .system(ENOENT) else { throw error }
                if isTaken { nanosleep(&pause, nil) }
            }
            attempt += 1
        }
    }

    private static func openOnce(_ base: String, hidden: String, _ header: SpoolHeader) throws(StoreError) -> Opened {
        let path = "\(base).lock"
        var lock = OrphanSpool.open(path)
        let isNew = lock < 0
        if isNew {
            guard OrphanSpool.isNoFile(errno) else { throw .system("opening \(path)") }
            lock = OrphanSpool.make(hidden, O_RDWR)
            guard lock >= 0 else { throw .system("making \(hidden)") }
        }
        var isLocked = false
        do throws(StoreError) {
            var failed = ftf_lock_description(lock)
            isLocked = failed == 0
            // Another process took the file up, or removed the unfinished one, since it was opened.
            if failed == 0, !isLinked(lock) { failed = EAGAIN }
            // Another process made the file meanwhile: its records are not to be touched.
            if failed == 0, isNew, isFile(path) { failed = EAGAIN }
            guard failed == 0 else { throw .system("locking \(path)", failed) }
            let own = try Self.header(of: lock, isNew: isNew, header, path)
            // Before the name: no erasure that sees the name finds the records missing.
            let (file, numbers) = try records(of: "\(base).a")
            if isNew { try name(hidden, path) }
            guard isLinked(lock) else {
                // An erasure removed the lock file, and looked for records before they were made.
                if isNew { unlink("\(base).a") }
                throw .system("making \(path)", ENOENT)
            }
            return Opened(lock: lock, header: own, file: file, numbers: numbers)
        } catch {
            // Only a file that this call has locked: another process may be making the one of that name.
            if isNew, isLocked, Listing.isName(hidden, of: lock) { unlink(hidden) }
            close(lock)
            throw error
        }
    }

    /// Gives a new lock file its name. It takes no other one's place, but that of what is no file of this user.
    private static func name(_ hidden: String, _ path: String) throws(StoreError) {
        var failed = link(hidden, path) == 0 ? 0 : errno
        if failed == EEXIST, !isFile(path), unlink(path) == 0 || rmdir(path) == 0 {
            failed = link(hidden, path) == 0 ? 0 : errno
        }
        // Another process made the same file.
        if failed == EEXIST, isFile(path) { failed = EAGAIN }
        guard failed == 0 else { throw .system("making \(path)", failed) }
        unlink(hidden)
    }

    /// Whether a file of this user is at a path.
    private static func isFile(_ path: String) -> Bool {
        let descriptor = OrphanSpool.open(path)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }

    /// What a lock file says. A new one, and one that a power cut or a full disk damaged, is written.
    private static func header(
        of lock: Int32, isNew: Bool, _ header: SpoolHeader, _ path: String
    ) throws(StoreError) -> SpoolHeader {
        if !isNew, let found = SpoolHeader(lock) {
            var same = header
            same.held?.lived = found.held?.lived ?? 0
            // Poison that was released, or a file from before an erasure.
            guard found == same else { throw .system("using \(path)", EEXIST) }
            return found
        }
        let failed = header.write(to: lock)
        guard failed == 0 else { throw .system("writing \(path)", failed) }
        // Records without a header cannot be taken up. An error is met by the first record.
        fsync(lock)
        return header
    }

    /// Opens the file of the records, or makes it. What is behind the last record, since a process died while it wrote,
    /// is cut off.
    private static func records(of path: String) throws(StoreError) -> (file: SpoolFile, numbers: Set<Int64>) {
        let descriptor = OrphanSpool.make(path, O_RDWR | O_APPEND)
        guard descriptor >= 0 else { throw .system("opening \(path)") }
        do throws(StoreError) {
            let reader = SpoolReader(descriptor, path)
            var (numbers, size): (Set<Int64>, Int) = ([], 0)
            while try reader.next({ sequence, _ in numbers.insert(sequence) }) { size = reader.position }
            guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system("truncating \(path)") }
            return (SpoolFile(path: path, size: size, descriptor: descriptor), numbers)
        } catch {
            close(descriptor)
            throw error
        }
    }

    static func isLinked(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }
}
