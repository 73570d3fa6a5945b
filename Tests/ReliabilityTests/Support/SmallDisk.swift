// SPDX-License-Identifier: MIT
import Glibc
import TestSupport

/// A small file system in memory.
final class SmallDisk {
    let path: String

    /// `nil` when this machine refuses.
    ///
    /// - Parameter files: How many it holds, directories among them.
    init?(_ path: String, kilobytes: Int, files: Int? = nil) {
        self.path = path
        mkdir(path, 0o700)
        let inodes = files.map { ",nr_inodes=\($0 + 1)" } ?? ""
        let mounted = try? ChildProcess.run(
            ["-t", "tmpfs", "-o", "size=\(kilobytes)k,mode=700\(inodes)", "none", path], program: "mount")
        guard mounted?.isClean == true else {
            rmdir(path)
            return nil
        }
    }

    deinit {
        _ = try? ChildProcess.run(["-l", path], program: "umount")
        rmdir(path)
    }

    var freeBytes: Int {
        var status = statvfs()
        return statvfs(path, &status) == 0 ? Int(status.f_bavail) * Int(status.f_bsize) : 0
    }

    /// Takes up all but so much.
    func fill(leaving kilobytes: Int) {
        let descriptor = open("\(path)/ballast", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        // The kernel counts by processor, so what is free may not be had in one piece.
        var (length, piece) = (0, max(freeBytes - kilobytes * 1_024, 4_096))
        while piece >= 4_096 {
            if freeBytes - piece < kilobytes * 1_024 || posix_fallocate(descriptor, length, piece) != 0 {
                piece /= 2
            } else {
                length += piece
            }
        }
        close(descriptor)
    }

    /// Takes up all there is.
    func fillWhole() { fillFileSystem("\(path)/ballast") }

    func free() { unlink("\(path)/ballast") }
}
