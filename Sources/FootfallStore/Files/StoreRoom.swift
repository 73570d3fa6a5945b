// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// Disk space that a store takes early, so that events can be delivered and removed when
/// the disk has no free block.
///
/// - Before a transaction commits, the database file has a block for each of its pages
///   (`Connection.reserve(bytes:)`): moving the -wal into it needs no new block.
/// - The -wal is never shorter than ``logBytes``: marking and removing a batch fits into
///   it, and the next transaction starts at its beginning again.
/// - The -shm is filled before SQLite maps it (``IndexFile``).
package struct StoreRoom: Sendable {
    /// The least length of the -wal. Marking a batch as tried and removing it writes less
    /// than half of this.
    static let logBytes = 256 << 10
    /// The length of the -shm: the index of a -wal of 16 MiB.
    static let indexBytes = 64 << 10
    /// The step in which the database file grows, in bytes.
    static let growthBytes: Int32 = 128 << 10

    private let database: String

    init(database: String) { self.database = database }

    /// Gives the -wal its least length. A failure is ignored: the next checkpoint that
    /// empties the -wal tries again.
    func keepLog() {
        var held = ftf_size_signal()
        ftf_size_signal_hold(&held)
        _ = ftf_allocate("\(database)-wal", Self.logBytes)
        ftf_size_signal_release(&held)
    }
}
