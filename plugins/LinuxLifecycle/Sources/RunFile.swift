// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc

/// A file that exists and is locked while an instance of the application runs.
///
/// An instance that ends in order removes its file. A file without a lock belongs to an
/// instance that died: the kernel frees the lock when a process dies.
final class RunFile {
    private let path: String
    private var descriptor: Int32 = -1

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Makes the file of this instance. `nil` when that is not possible; then a death of this
    /// instance is not noticed.
    static func make(in directory: String, bootID: String) -> RunFile? {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { return nil }
        let name = UUIDv4.random().description
        let hidden = "\(directory)/.\(name).run"
        let descriptor = ftf_open(hidden, O_RDWR | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { return nil }
        let isWritten = bootID.withCString { write(descriptor, $0, strlen($0)) } == bootID.utf8.count
        // The file gets its name after it is locked, so no process takes it for that of a dead
        // instance.
        guard isWritten, ftf_lock_description(descriptor) == 0,
            rename(hidden, "\(directory)/\(name).run") == 0
        else {
            close(descriptor)
            unlink(hidden)
            return nil
        }
        return RunFile(path: "\(directory)/\(name).run", descriptor: descriptor)
    }

    /// Removes the file: the instance ends in order.
    func remove() {
        unlink(path)
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
