// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Shows that a process has the database open, so that no other process moves it. The
/// kernel releases the lock when its holder dies.
package final class StoreLock {
    private let descriptor: Int32

    /// Takes the lock shared; `nil` when its file does not exist, which is not made. Throws
    /// EBUSY while another process moves the database.
    package init?(sharingIfThere path: String) throws(StoreError) {
        let opened = ftf_open(path, O_RDONLY)
        if opened < 0, errno == ENOENT { return nil }
        guard opened >= 0 else { throw .system("opening \(path)") }
        descriptor = opened
        guard ftf_lock_description_shared(opened) == 0 else { throw StoreError.movedAside(path) }
    }

    /// Takes the lock shared. Throws EBUSY while another process moves the database.
    package init(sharing path: String) throws(StoreError) {
        descriptor = try Self.open(path)
        // A throw from here still runs deinit, which closes the file.
        guard ftf_lock_description_shared(descriptor) == 0 else { throw StoreError.movedAside(path) }
    }

    /// Takes the lock exclusively. Throws EBUSY while another process has the database open.
    package init(alone path: String) throws(StoreError) {
        descriptor = try Self.open(path)
        guard ftf_lock_description(descriptor) == 0 else { throw StoreError.movedAside(path) }
    }

    deinit { close(descriptor) }

    private static func open(_ path: String) throws(StoreError) -> Int32 {
        let opened = ftf_open(path, O_RDWR | O_CREAT)
        guard opened >= 0 else { throw .system("opening \(path)") }
        return opened
    }
}
