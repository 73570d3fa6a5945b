// SPDX-License-Identifier: MIT
import CSystem
import Footfall
import FootfallStore
import Glibc

/// A file that is there, and locked, while an instance of the application runs.
///
/// It is removed in order; one that is left and that nobody has locked tells of
/// an instance that died. The kernel frees the lock, whatever happens.
final class RunFile {
    /// How an earlier instance ended that did not end in order.
    enum Death: Sendable, Equatable {
        /// It died, and the machine went on.
        case crash
        /// The machine was started again since: the power, most likely.
        case power
    }

    private let path: String
    private var descriptor: Int32 = -1

    private init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Makes the file of this instance; `nil` when that is not possible, then
    /// nobody will know how it ended.
    static func make(in directory: String, bootID: String) -> RunFile? {
        if mkdir(directory, 0o700) != 0, errno != EEXIST { return nil }
        let name = UUIDv4.random().description
        let hidden = "\(directory)/.\(name).run"
        let descriptor = footfall_open(hidden, O_RDWR | O_CREAT | O_EXCL)
        guard descriptor >= 0 else { return nil }
        let isWritten = bootID.withCString { write(descriptor, $0, strlen($0)) } == bootID.utf8.count
        // It gets its name when it is locked, so nobody takes it for a dead one's.
        guard isWritten, footfall_lock_description(descriptor) == 0,
            rename(hidden, "\(directory)/\(name).run") == 0
        else {
            close(descriptor)
            unlink(hidden)
            return nil
        }
        return RunFile(path: "\(directory)/\(name).run", descriptor: descriptor)
    }

    /// Takes away the files of dead instances, and says how they died.
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
        // A file that a power cut emptied is of the boot before.
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self) == bootID ? .crash : .power
    }

    /// The instance ends in order.
    func remove() {
        unlink(path)
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }
}
