// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// A file of lines to which several programs may append.
///
/// A program that is killed while it writes, or a power cut, can leave the first
/// part of a line at the end. The next program to append closes it with a newline,
/// so the lines after it are whole. A program removes only its own failed write: the
/// file may be another program's log.
///
/// One thread at a time.
package final class LineFile: Sendable {
    /// write(2), or a replacement for tests.
    package typealias Write = @Sendable (Int32, UnsafeRawPointer, Int) -> Int

    package static let systemWrite: Write = { Glibc.write($0, $1, $2) }

    private let path: String
    private let descriptor: Int32
    private let write: Write
    /// Whether the file is neither a pipe nor a terminal: those are not locked, and their
    /// last line cannot be read.
    package let isPlainFile: Bool

    /// Opens the file, or makes it with mode 0600. Throws for a pipe that no program reads.
    package init(_ path: String, write: @escaping Write = systemWrite) throws(StoreError) {
        self.path = path
        self.write = write
        var status = stat()
        let isOther = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        // A plain file is opened for reading as well, to see whether its last line is
        // complete. A pipe is not: if this process could read it, writing would not fail
        // when the reader is gone.
        let access = isOther ? O_WRONLY : O_RDWR
        descriptor = open(path, access | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0o600)
        let error = errno
        isPlainFile = descriptor >= 0 && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        guard descriptor >= 0 else {
            throw error == EACCES && !isOther
                ? StoreError(.system(error), "opening \(path)", "Permission denied; it must be readable and writable")
                : .system("opening \(path)", error)
        }
        // Between stat and open the file was replaced by a pipe or a device, which must not
        // be opened for reading.
        guard isPlainFile || isOther else { throw .system("opening \(path)", EINVAL) }
        _ = fcntl(descriptor, F_SETFL, O_APPEND)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Keeps other programs from appending, and ends an incomplete line that one of them
    /// left. Pipes are not locked.
    ///
    /// - Parameter patience: How long to wait for another program's lock, in milliseconds.
    /// - Returns: 0, or an errno; EAGAIN when the other program still has the lock.
    package func lock(patience: Int) -> Int32 {
        guard isPlainFile else { return 0 }
        var tries = 0
        while true {
            switch ftf_lock_description(descriptor) {
            case EAGAIN, EACCES:
                guard tries < patience else { return EAGAIN }
                tries += 1
                var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
                nanosleep(&pause, nil)
            default:
                // On a file system without locks, writers are not protected from each other.
                let error = closeTornLine()
                if error != 0 { unlock() }
                return error
            }
        }
    }

    /// Releases the lock. Closing the descriptor is not enough: a forked child may have a
    /// copy of it, which keeps the lock.
    package func unlock() { if isPlainFile { ftf_unlock_description(descriptor) } }

    /// Whether the file is a terminal, which interprets control characters.
    package var isTerminal: Bool { isatty(descriptor) == 1 }

    /// The length of the file, in bytes.
    package var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Whether the path still leads to this file: false after it was renamed or replaced.
    package var isInPlace: Bool {
        var (own, there) = (stat(), stat())
        return fstat(descriptor, &own) == 0 && stat(path, &there) == 0 && own.st_dev == there.st_dev
            && own.st_ino == there.st_ino
    }

    /// Appends bytes that end with a newline: all of them, or none. The lock must be held.
    ///
    /// - Parameter syncs: Whether to wait until the disk has them.
    /// - Returns: 0, or an errno.
    package func append(_ bytes: UnsafeBufferPointer<UInt8>, syncs: Bool = false) -> Int32 {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
        let isNew = syncs && size == 0
        var done = 0
        while done < bytes.count {
            let written = write(descriptor, base + done, bytes.count - done)
            if written > 0 {
                done += written
            } else if written == 0 || errno != EINTR {
                let error = written == 0 ? EIO : errno
                removeLast(done)
                return error
            }
        }
        guard !syncs || fdatasync(descriptor) == 0 else {
            let error = errno
            removeLast(done)
            return error
        }
        if isNew { syncDirectory() }
        return 0
    }

    /// Ends an incomplete last line with a newline; 0, or an errno.
    private func closeTornLine() -> Int32 {
        let size = size
        guard size > 0 else { return 0 }
        var last: UInt8 = 0
        let got = pread(descriptor, &last, 1, off_t(size - 1))
        guard got == 1 else { return got < 0 ? errno : 0 }
        guard last != UInt8(ascii: "\n") else { return 0 }
        last = UInt8(ascii: "\n")
        return write(descriptor, &last, 1) == 1 ? 0 : errno
    }

    /// Removes the last bytes again, unless another program has appended to them or the
    /// file is a pipe.
    private func removeLast(_ count: Int) {
        guard isPlainFile, count > 0 else { return }
        let end = lseek(descriptor, 0, SEEK_CUR)
        guard end >= count, size == Int(end) else { return }
        _ = ftruncate(descriptor, end - off_t(count))
    }

    /// Writes the directory to the disk: otherwise a power cut may lose the name of a new
    /// file.
    private func syncDirectory() {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        Listing.sync(folder)
    }
}
