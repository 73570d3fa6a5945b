// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Room on the disk that a store takes in good times, so that what is stored can
/// be delivered and removed on a disk without a free block.
///
/// - The database file has a block for each page before a transaction commits
///   (`Connection.reserve(bytes:)`), so moving the -wal into it needs none.
/// - The -wal is never shorter than ``logBytes``: what marks and removes a batch
///   fits, and the next transaction begins at its start again.
/// - The -shm is filled before SQLite maps it (``IndexFile``).
package struct StoreRoom: Sendable {
    /// Marking a batch as tried and removing it write less than half of this.
    static let logBytes = 256 << 10
    /// The index of a -wal of 16 MiB.
    static let indexBytes = 64 << 10
    /// What the database file grows by.
    static let growthBytes: Int32 = 128 << 10

    private let database: String

    init(database: String) { self.database = database }

    /// Gives the -wal its least length; what fails is tried again after the next
    /// moment of rest.
    func keepLog() {
        var held = footfall_size_signal()
        footfall_size_signal_hold(&held)
        _ = footfall_allocate("\(database)-wal", Self.logBytes)
        footfall_size_signal_release(&held)
    }
}
