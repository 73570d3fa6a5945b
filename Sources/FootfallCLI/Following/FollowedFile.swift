// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// An open file that `footfall send --follow` reads. It stays the same file when it is renamed.
final class FollowedFile {
    /// The path by which it was opened.
    let path: String
    let inode: UInt64
    /// Becomes readable when the file is written to; -1 when that cannot be watched.
    let changes: Int32
    private let descriptor: Int32

    /// How much of the first line tells files apart.
    private static let firstLineBytes = 4096

    /// Opens a file.
    ///
    /// - Returns: `nil` when there is no such file.
    /// - Throws: UnreadableInput.
    static func open(_ path: String) throws -> FollowedFile? {
        // Without O_NONBLOCK, opening a FIFO would wait for a writer.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        var error = descriptor < 0 ? errno : 0
        var status = stat()
        if descriptor >= 0, fstat(descriptor, &status) != 0 { error = errno }
        if error == 0, status.st_mode & S_IFMT == S_IFREG { return FollowedFile(path, descriptor, status) }
        if descriptor >= 0 { Glibc.close(descriptor) }
        guard error != ENOENT else { return nil }
        throw UnreadableInput(
            code: .usage,
            problem: error == 0
                ? "it is no regular file, so it cannot be followed; pipe it into footfall send"
                : String(cString: strerror(error)))
    }

    private init(_ path: String, _ descriptor: Int32, _ status: stat) {
        self.path = path
        self.descriptor = descriptor
        inode = UInt64(status.st_ino)
        changes = ftf_watch_file("/proc/self/fd/\(descriptor)")
    }

    deinit {
        if changes >= 0 { close(changes) }
        close(descriptor)
    }

    /// The length in bytes, and when it was written to last, in nanoseconds since 1970. Zero when that is not known.
    var status: (size: Int64, written: Int64) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return (0, 0) }
        return (Int64(status.st_size), FileTimes.written(status))
    }

    /// The sum of the first line, or of its beginning; `nil` while there is no whole line.
    var firstLine: String? {
        var bytes = [UInt8](repeating: 0, count: Self.firstLineBytes)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        if let end = bytes[..<count].firstIndex(of: 0x0A) { return Self.sum(bytes[..<end]) }
        return count == bytes.count ? Self.sum(bytes[...]) : nil
    }

    private static func sum(_ bytes: ArraySlice<UInt8>) -> String {
        NameHash.digits(NameHash.sum(bytes))
    }

    /// Reads bytes at a place; fewer at the end of the file.
    func read(_ offset: Int64, into room: UnsafeMutableBufferPointer<UInt8>) throws -> Int {
        while true {
            let count = pread(descriptor, room.baseAddress, room.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw UnreadableInput(code: .usage, problem: String(cString: strerror(errno)))
            }
            return count
        }
    }
}

/// The times of files.
enum FileTimes {
    /// When a file was written to last, in nanoseconds since 1970.
    static func written(_ status: stat) -> Int64 {
        Int64(status.st_mtim.tv_sec).multipliedReportingOverflow(by: 1_000_000_000).partialValue
            &+ Int64(status.st_mtim.tv_nsec)
    }
}
