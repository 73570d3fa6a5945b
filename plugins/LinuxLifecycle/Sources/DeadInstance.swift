// SPDX-License-Identifier: MIT
import CSystem
import FootfallStore
import Glibc

/// An instance of the application that died, by the ``RunFile`` that it left.
///
/// The file is kept locked until its death is stored, so that no other process reports it
/// too. It stays if this process dies before; the next start reports the death then.
final class DeadInstance {
    /// How an instance died.
    enum Death: Sendable, Equatable {
        /// The instance died while the machine went on.
        case crash
        /// The machine restarted since, most likely after a power cut.
        case power
    }

    /// So many files are kept locked at most, since each takes a descriptor of the host.
    private static let most = 32

    /// The file's name, which no other instance has.
    let name: String
    let death: Death
    private let path: String
    private var descriptor: Int32

    private init(name: String, path: String, descriptor: Int32, death: Death) {
        self.name = name
        self.path = path
        self.descriptor = descriptor
        self.death = death
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The names of the files in a directory, of instances that live too.
    static func names(in directory: String) -> [String] {
        Listing.names(in: directory).filter { $0.hasSuffix(".run") }
    }

    /// The instances that died. Files beyond ``most`` are removed at once.
    ///
    /// - Parameters:
    ///   - bootID: This boot.
    ///   - reported: The names of files whose deaths are stored. They are removed.
    static func find(in directory: String, bootID: String, reported: Set<String>) -> [DeadInstance] {
        var found: [DeadInstance] = []
        for name in names(in: directory) {
            guard let instance = open(name, in: directory, bootID) else { continue }
            // A file that has no name yet is of an instance that died before it started.
            if name.hasPrefix(".") || reported.contains(name) {
                instance.remove()
            } else {
                if found.count >= most { instance.remove() }
                found.append(instance)
            }
        }
        return found
    }

    /// `nil` for an instance that lives, and for a file that is gone.
    private static func open(_ name: String, in directory: String, _ bootID: String) -> DeadInstance? {
        let path = "\(directory)/\(name)"
        let descriptor = ftf_open(path, O_RDWR)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard ftf_lock_description(descriptor) == 0, fstat(descriptor, &status) == 0, status.st_nlink > 0 else {
            close(descriptor)
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        // A power cut may empty the file, so an empty one is of an earlier boot.
        let isOfThisBoot = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self) == bootID
        return DeadInstance(name: name, path: path, descriptor: descriptor, death: isOfThisBoot ? .crash : .power)
    }

    /// Removes the file.
    func remove() {
        guard descriptor >= 0 else { return }
        unlink(path)
        close(descriptor)
        descriptor = -1
    }
}
