// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// Files that are read and written whole.
package enum SmallFile {
    /// The bytes of a file of at most `limit` bytes.
    package static func read(_ path: String, limit: Int = 1 << 20) throws(StoreError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("opening \(path)") }
        defer { close(descriptor) }
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
