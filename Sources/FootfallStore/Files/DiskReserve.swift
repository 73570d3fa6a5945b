// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Room on the disk, kept for the time when somebody fills it: what is stored could
/// then neither be marked as tried nor removed, and so not be delivered.
package struct DiskReserve: Sendable {
    private let path: String
    /// What opening a store, marking a batch and removing it write, with as much
    /// again: rows are removed by the page, so that is not the events' own length.
    package static let bytes = 256 << 10
    /// With less free than this nothing is taken from others.
    private static let leastFree: UInt64 = 2 << 20

    package init(_ directory: StateDirectory) { path = directory.reserve }

    /// Takes the room, unless it is there or the disk has not much. What fails is
    /// tried again when something is stored.
    package func keep() {
        guard access(path, F_OK) != 0, let slash = path.lastIndex(of: "/") else { return }
        var space = statvfs()
        guard statvfs(String(path[..<slash]), &space) == 0,
            UInt64(space.f_bavail) * UInt64(space.f_frsize) >= Self.leastFree
        else { return }
        let file = footfall_open(path, O_WRONLY | O_CREAT | O_EXCL)
        guard file >= 0 else { return }
        if posix_fallocate(file, 0, Self.bytes) != 0 { unlink(path) }
        close(file)
    }

    /// Gives it back to the disk.
    package func release() { unlink(path) }
}
