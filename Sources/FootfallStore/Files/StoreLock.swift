// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Says that a process has the database open, so that nobody moves it aside
/// meanwhile. The kernel frees it when its holder dies.
package final class StoreLock {
    private let descriptor: Int32

    /// Shares the lock with others if its file is there, and makes no file; throws
    /// EBUSY while another process moves the database.
    package init?(sharingIfThere path: String) throws(StoreError) {
        let opened = footfall_open(path, O_RDONLY)
        if opened < 0, errno == ENOENT { return nil }
        guard opened >= 0 else { throw .system("opening \(path)") }
        descriptor = opened
        guard footfall_lock_description_shared(opened) == 0 else { throw StoreError.movedAside(path) }
    }

    /// Takes it together with others; throws EBUSY while somebody moves the database.
    package init(sharing path: String) throws(StoreError) {
        descriptor = try Self.open(path)
        // What is thrown here still runs deinit, which closes the file.
        guard footfall_lock_description_shared(descriptor) == 0 else { throw StoreError.movedAside(path) }
    }

    /// Takes it alone; throws EBUSY while anybody has the database open.
    package init(alone path: String) throws(StoreError) {
        descriptor = try Self.open(path)
        guard footfall_lock_description(descriptor) == 0 else { throw StoreError.movedAside(path) }
    }

    deinit { close(descriptor) }

    private static func open(_ path: String) throws(StoreError) -> Int32 {
        let opened = footfall_open(path, O_RDWR | O_CREAT)
        guard opened >= 0 else { throw .system("opening \(path)") }
        return opened
    }
}
