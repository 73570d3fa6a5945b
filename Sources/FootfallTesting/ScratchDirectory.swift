// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import Glibc

/// A directory below /tmp that is removed with the object.
final class ScratchDirectory: Sendable {
    let path: String

    init() {
        path = "/tmp/footfall-scratch-\(UUIDv4.random())"
        // If that fails, the client reports it: it keeps its events in memory then.
        mkdir(path, 0o700)
    }

    deinit {
        // A client that was released may still close its files.
        for _ in 0..<100 {
            Self.remove(path)
            guard access(path, F_OK) == 0 else { return }
            _ = ftf_wait_readable_for(-1, 10_000_000)
        }
    }

    /// Removes a file, or a directory with all that is in it. Links are not followed.
    private static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR, let listing = opendir(path) else {
            unlink(path)
            return
        }
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { remove("\(path)/\(name)") }
        }
        closedir(listing)
        rmdir(path)
    }
}
