// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// Keeps a second process from following the same file into the same store: both would store each line.
final class FollowLock {
    private let descriptor: Int32

    /// - Throws: CommandExit when another process follows the file, or the lock cannot be taken.
    init(_ path: String, in directory: StateDirectory) throws {
        let file = "\(directory.path)/follow-\(NameHash.digits(path)).lock"
        descriptor = ftf_open(file, O_RDWR | O_CREAT)
        guard descriptor >= 0 else {
            throw CommandExit(.cannotCreate, "nothing was read: making \(file): \(String(cString: strerror(errno)))")
        }
        let failed = ftf_lock_description(descriptor)
        guard failed != 0 else { return }
        close(descriptor)
        guard failed != EAGAIN, failed != EACCES else {
            throw CommandExit(.temporary, "\(path): another process follows it already; stop that one first")
        }
        throw CommandExit(.cannotCreate, "nothing was read: locking \(file): \(String(cString: strerror(failed)))")
    }

    deinit { close(descriptor) }
}
