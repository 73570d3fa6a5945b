// SPDX-License-Identifier: MIT
import CMemoryDisk
import FootfallStore
import Glibc
import TestSupport

@testable import Footfall

/// A directory whose store is on a disk in memory, which can be full and whose
/// power can be cut. For one thread.
final class Disk: @unchecked Sendable {
    private let temporary = TemporaryDirectory()
    private let disk: OpaquePointer
    let directory: StateDirectory
    /// Another program has taken all the room.
    private(set) var isFull = false

    private init(empty: Void) throws {
        directory = StateDirectory(path: temporary.path)
        try directory.create()
        guard let made = ftf_disk_make(directory.path) else { throw Difference("no memory for a disk") }
        disk = made
    }

    /// A disk that has a store with two destinations.
    convenience init() throws {
        try self.init(empty: ())
        try reset()
    }

    deinit { ftf_disk_free(disk) }

    /// A new store, whose schema and destinations need not be made each time.
    private static let image = Result { () throws -> Disk in
        let disk = try Disk(empty: ())
        let store = SerializedStore(
            directory: disk.directory, use: .longLived, limits: Device.limits, mayUseMemory: false, report: { _ in })
        _ = try DestinationRegistrar(store: store, directory: disk.directory).register([
            .init(name: "a", key: "a"), .init(name: "b", key: "b"),
        ])
        try store.withStore { (store) throws(StoreError) in store.connection.checkpoint(truncates: true) }
        store.close()
        return disk
    }

    /// Puts a new store in place of what is there, which must be closed.
    func reset() throws {
        ftf_disk_copy(disk, try Self.image.get().disk)
        setFull(false)
    }

    /// Whether the store has its reserve for a full disk.
    var hasReserve: Bool { access(directory.reserve, F_OK) == 0 }

    /// Leaves so many bytes on the disk besides the store's reserve, or enough.
    func setFull(_ isFull: Bool, room: Int = 0) {
        self.isFull = isFull
        if !isFull, !hasReserve { close(open(directory.reserve, O_WRONLY | O_CREAT, 0o600)) }
        ftf_disk_set_room(disk, isFull ? Int64(room) : -1, "reserve", hasReserve ? Int64(DiskReserve.bytes) : 0)
    }

    /// What the store does when there is time. A full disk has no room to be kept,
    /// whatever the one has that the directory is really on.
    func tidy(_ store: SerializedStore) {
        let hadReserve = hasReserve
        store.tidy()
        if isFull, !hadReserve { unlink(directory.reserve) }
    }

    /// Cuts the power, now or at the n-th write or sync.
    func cut(after steps: Int, seed: UInt64) {
        steps == 0 ? ftf_disk_cut(disk, seed) : ftf_disk_cut_later(disk, Int64(steps), seed)
    }

    /// Whether the power is cut.
    var isOff: Bool { ftf_disk_is_off(disk) != 0 }

    /// Switches the power on.
    func start() { ftf_disk_start(disk) }
}
