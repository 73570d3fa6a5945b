// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// Files that are read and written whole.
package enum SmallFile {
    /// Reads a file that the user named, of at most `limit` bytes. It may be a link, or a
    /// pipe, which is waited for.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(StoreError) -> [UInt8] {
        try read(path, open(path, O_RDONLY | O_CLOEXEC), limit)
    }

    /// Reads a file that this library made, of at most `limit` bytes. Throws for a link, a
    /// FIFO or a device in its place, and never waits.
    package static func read(own path: String, limit: Int = 1 << 20) throws(StoreError) -> [UInt8] {
        try read(path, ftf_open(path, O_RDONLY), limit)
    }

    private static func read(_ path: String, _ descriptor: Int32, _ limit: Int) throws(StoreError) -> [UInt8] {
        guard descriptor >= 0 else { throw .system("opening \(path)") }
        defer { close(descriptor) }
        return try read(descriptor, path, limit: limit)
    }

    /// Reads an open file from its current position to its end, of at most `limit` bytes.
    package static func read(_ descriptor: Int32, _ path: String, limit: Int = 1 << 20) throws(StoreError) -> [UInt8] {
        var buffer = ByteBuffer(capacity: 4096)
        while true {
            var got = 0
            buffer.appendUninitialized(4096) { room in
                got = Glibc.read(descriptor, room.baseAddress, room.count)
                return got
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .system("reading \(path)") }
            guard got > 0 else { return buffer.array() }
            guard buffer.count <= limit else { throw .system("reading \(path)", EFBIG) }
        }
    }

    /// Writes a file with mode 0600 and replaces the one at the path in one step: a reader
    /// sees either the old or the new content.
    package static func replace(_ path: String, with bytes: borrowing ByteBuffer) throws(StoreError) {
        // A limit on the length of files must not kill the host.
        var held = ftf_size_signal()
        ftf_size_signal_hold(&held)
        defer { ftf_size_signal_release(&held) }
        let temporary = "\(path).\(UUIDv4.random()).tmp"
        let descriptor = ftf_open(temporary, O_WRONLY | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { throw .system("making \(temporary)") }
        let written = bytes.withBytes { write(descriptor, $0.baseAddress, $0.count) }
        let error = written == bytes.count ? 0 : written < 0 ? errno : ENOSPC
        close(descriptor)
        guard error == 0, rename(temporary, path) == 0 else {
            let failure = error != 0 ? error : errno
            unlink(temporary)
            throw .system("writing \(path)", failure)
        }
    }
}
