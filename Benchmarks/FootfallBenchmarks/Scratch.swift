// SPDX-License-Identifier: MIT
import Glibc

/// The directory that a measure works in. It should be on a disk, not in memory.
enum Scratch {
    static func make(_ path: String) { mkdir(path, 0o700) }

    static func remove(_ path: String) {
        guard let listing = opendir(path) else {
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
