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
    /// How an instance died.
    enum Death: Sendable, Equatable {
        /// The instance died while the machine went on.
        case crash
        /// The machine restarted since, most likely after a power cut.
        case power
    }

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
        let descriptor = footfall_open(hidden, O_RDWR | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { return nil }
        let isWritten = bootID.withCString { write(descriptor, $0, strlen($0)) } == bootID.utf8.count
        // The file gets its name after it is locked, so no process takes it for that of a dead
        // instance.
        guard isWritten, footfall_lock_description(descriptor) == 0,
            rename(hidden, "\(directory)/\(name).run") == 0
        else {
            close(descriptor)
            unlink(hidden)
            return nil
        }
        return RunFile(path: "\(directory)/\(name).run", descriptor: descriptor)
    }

    /// Removes the files of dead instances, and returns how each died.
    static func takeDeaths(in directory: String, bootID: String) -> [Death] {
        Listing.names(in: directory).filter { $0.hasSuffix(".run") }
            .compactMap { death("\(directory)/\($0)", isNamed: !$0.hasPrefix("."), bootID) }
    }

    private static func death(_ path: String, isNamed: Bool, _ bootID: String) -> Death? {
        let descriptor = footfall_open(path, O_RDWR)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard footfall_lock_description(descriptor) == 0, unlink(path) == 0, isNamed else { return nil }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        // A power cut may empty the file, so an empty one is of an earlier boot.
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self) == bootID ? .crash : .power
    }

    /// Removes the file: the instance ends in order.
    func remove() {
        unlink(path)
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
