// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// A file that occupies disk space, to be removed when the disk is full: without free space
/// events could neither be marked as tried nor removed, and so not be delivered.
package struct DiskReserve: Sendable {
    private let path: String
    /// Twice what opening a store, marking a batch and removing it write. Rows are removed
    /// page by page, so this does not depend on the length of the events.
    package static let bytes = 256 << 10
    /// With less free space than this, the file is not made: other programs need the rest.
    private static let leastFree: UInt64 = 2 << 20

    package init(_ directory: StateDirectory) { path = directory.reserve }

    /// Makes the file, unless it exists or the disk is nearly full. A failure is ignored:
    /// the next commit tries again.
    package func keep() {
        guard access(path, F_OK) != 0, let slash = path.lastIndex(of: "/") else { return }
        var space = statvfs()
        guard statvfs(String(path[..<slash]), &space) == 0,
            UInt64(space.f_bavail) * UInt64(space.f_frsize) >= Self.leastFree
        else { return }
        let file = ftf_open(path, O_WRONLY | O_CREAT | O_EXCL)
        guard file >= 0 else { return }
        if posix_fallocate(file, 0, Self.bytes) != 0 { unlink(path) }
        close(file)
    }

    /// Removes the file, which frees its space.
    package func release() { unlink(path) }
}
