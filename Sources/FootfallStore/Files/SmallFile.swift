// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// Files that are read and written whole.
package enum SmallFile {
    /// The bytes of a file of at most `limit` bytes. It may be a link or a pipe, which
    /// is waited for: for paths that a user named.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(StoreError) -> [UInt8] {
        try read(path, open(path, O_RDONLY | O_CLOEXEC), limit)
    }

    /// The same of a file that this library made: it is no link, and a FIFO or a
    /// device in its place is not waited for.
    package static func read(own path: String, limit: Int = 1 << 20) throws(StoreError) -> [UInt8] {
        try read(path, footfall_open(path, O_RDONLY), limit)
    }

    private static func read(_ path: String, _ descriptor: Int32, _ limit: Int) throws(StoreError) -> [UInt8] {
        guard descriptor >= 0 else { throw .system("opening \(path)") }
        defer { close(descriptor) }
        return try read(descriptor, path, limit: limit)
    }

    /// The same of an open file, from where it stands.
    static func read(_ descriptor: Int32, _ path: String, limit: Int = 1 << 20) throws(StoreError) -> [UInt8] {
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

    /// Puts a file in place of another at once: whoever reads sees the old or
    /// the new one, never a half. For its owner only.
    package static func replace(_ path: String, with bytes: borrowing ByteBuffer) throws(StoreError) {
        // The host lives on where a limit on the length of files is in the way.
        var held = footfall_size_signal()
        footfall_size_signal_hold(&held)
        defer { footfall_size_signal_release(&held) }
        let temporary = "\(path).\(UUIDv4.random()).tmp"
        let descriptor = footfall_open(temporary, O_WRONLY | O_CREAT | O_EXCL)
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
