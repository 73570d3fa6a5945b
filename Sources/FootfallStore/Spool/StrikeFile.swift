// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// The file `ID.strikes` beside a spool: which plugin is being called now, and in which plugins processes died.
///
/// It is an array of slots; see ``PluginMark``. The first has the current mark, and is empty while no plugin is
/// called. Each following one is a strike: the mark of a process that died.
///
/// It is written under the lock of its spool, and never synced: what was written survives the death of a process.
package final class StrikeFile {
    private let path: String
    private let descriptor: Int32
    private let slot = UnsafeMutableRawBufferPointer.allocate(byteCount: PluginMark.size, alignment: 8)
    /// The deaths that were found, the oldest first.
    package private(set) var strikes: [PluginMark] = []
    /// The mark of a process that died in a plugin and whose death was not found yet.
    package private(set) var current: PluginMark?

    /// A file has no more strikes than this: the file is small, and each strike is one start of a process.
    private static let most = 4_096

    /// Opens the file of a spool, which is made if it is missing.
    ///
    /// - Parameter base: The path of the spool without an extension.
    package convenience init(_ base: String) throws(StoreError) {
        let path = "\(base).strikes"
        let descriptor = OrphanSpool.make(path, O_RDWR)
        guard descriptor >= 0 else { throw .system("opening \(path)") }
        // Writing beyond the limit would raise a signal in the host.
        guard ftf_file_size_limit() > Int64(PluginMark.size * (Self.most + 1)) else {
            close(descriptor)
            throw .system("writing \(path)", EFBIG)
        }
        self.init(path, descriptor)
    }

    /// Opens the file of a spool; `nil` when there is none.
    package convenience init?(ifThere base: String) {
        let path = "\(base).strikes"
        let descriptor = OrphanSpool.open(path)
        guard descriptor >= 0 else { return nil }
        self.init(path, descriptor)
    }

    private init(_ path: String, _ descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
        current = read(0)
        var index = 1
        while index <= Self.most, let strike = read(index) {
            strikes.append(strike)
            index += 1
        }
    }

    deinit {
        close(descriptor)
        slot.deallocate()
    }

    /// Whether a process that died was in a plugin, by the file beside a spool. Changes nothing.
    package static func hasMark(_ base: String) -> Bool {
        let descriptor = OrphanSpool.open("\(base).strikes", O_RDONLY)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnsafeTemporaryAllocation(byteCount: PluginMark.size, alignment: 8) { slot in
            pread(descriptor, slot.baseAddress, PluginMark.size, 0) == PluginMark.size
                && PluginMark(slot: UnsafeRawBufferPointer(slot)) != nil
        }
    }

    private func read(_ index: Int) -> PluginMark? {
        guard pread(descriptor, slot.baseAddress, PluginMark.size, off_t(index * PluginMark.size)) == PluginMark.size
        else { return nil }
        return PluginMark(slot: UnsafeRawBufferPointer(slot))
    }

    private func write(_ mark: PluginMark, _ index: Int) throws(StoreError) {
        mark.encode(into: slot)
        let written = pwrite(descriptor, slot.baseAddress, PluginMark.size, off_t(index * PluginMark.size))
        guard written == PluginMark.size else { throw .system("writing \(path)", written < 0 ? errno : ENOSPC) }
    }

    /// Says which plugin is called next.
    package func mark(_ mark: PluginMark) throws(StoreError) { try write(mark, 0) }

    /// No plugin is called now.
    package func clear() {
        // The magic alone. The slot is there, so no room is needed.
        var zero: UInt32 = 0
        pwrite(descriptor, &zero, 4, 0)
        current = nil
    }

    /// Makes a strike of the mark that a dead process left. Doing it twice, because this process died in between,
    /// makes one strike.
    package func settle() throws(StoreError) {
        guard let current else { return }
        if !strikes.contains(where: { $0.token == current.token }), strikes.count < Self.most {
            try write(current, strikes.count + 1)
            strikes.append(current)
        }
        clear()
    }

    /// Forgets all strikes.
    package func removeAll() throws(StoreError) {
        guard ftruncate(descriptor, 0) == 0 else { throw .system("truncating \(path)") }
        strikes = []
        current = nil
    }

    /// Removes the file.
    package func remove() { unlink(path) }
}
