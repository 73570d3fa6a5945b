// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

extension HeldFile {
    /// A file of held events as it is now. It is read without its lock, and nothing is changed.
    package struct Reading: Sendable {
        package let id: String
        package let header: SpoolHeader
        /// What the header says of the plugin and the reason.
        package let held: SpoolHeader.Held
        /// Bytes of records.
        package let bytes: Int64
        private let path: String

        fileprivate init?(_ id: String, in directory: String) {
            let base = "\(directory)/\(id)"
            let descriptor = OrphanSpool.open("\(base).lock", O_RDONLY)
            guard descriptor >= 0 else { return nil }
            defer { close(descriptor) }
            guard let header = SpoolHeader(descriptor), let held = header.held else { return nil }
            var status = stat()
            self.id = id
            self.header = header
            self.held = held
            path = "\(base).a"
            bytes = lstat(path, &status) == 0 ? Int64(status.st_size) : 0
        }

        /// Calls `body` with each record, in order.
        package func forEach(
            _ body: (_ sequence: Int64, _ payload: UnsafeRawBufferPointer) -> Void
        ) throws(StoreError) {
            _ = try OrphanSpool.read(path) { sequence, payload in
                body(sequence, payload)
                return true
            }
        }
    }

    /// Reads a small file of the directory; `nil` when it is missing, or another user planted it.
    package static func small(_ path: String) -> [UInt8]? {
        let descriptor = OrphanSpool.open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // What cannot be read says nothing.
        return try? SmallFile.read(descriptor, path)
    }

    /// All files of held events in a directory.
    package static func all(in directory: String) -> [Reading] {
        OrphanSpool.names(in: directory).filter { !$0.hasPrefix(".") }.compactMap { Reading($0, in: directory) }
    }

    /// Removes the files that were made before an erasure, also those that a living process appends to: it makes
    /// another then; see ``isRemoved``.
    package static func removeAll(directory: String, before erasure: Int64 = .max) {
        let isOwn = (try? DirectoryOwner(of: directory))?.user == geteuid()  // else nothing is removed
        for name in OrphanSpool.names(in: directory) where isOwn {
            let base = "\(directory)/\(name)"
            let descriptor = OrphanSpool.open("\(base).lock")
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if let own = SpoolHeader(descriptor)?.erasure, own >= erasure { continue }
            for suffix in ["a", "strikes", "lock"] { unlink("\(base).\(suffix)") }
        }
    }

    /// Releases poison: the next process of its source takes it up, and its deaths are forgotten.
    ///
    /// - Returns: how many files; a file that a process reads now is left out.
    package static func release(
        in directory: String, where isWanted: (Reading) -> Bool
    ) throws(StoreError) -> [Reading] {
        var released: [Reading] = []
        for reading in all(in: directory) where reading.held.reason == .poison && isWanted(reading) {
            let base = "\(directory)/\(reading.id)"
            let descriptor = OrphanSpool.open("\(base).lock")
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard footfall_lock_description(descriptor) == 0, var header = SpoolHeader(descriptor),
                header.held?.reason == .poison
            else { continue }
            header.held?.reason = .retry
            let failed = header.write(to: descriptor)
            guard failed == 0 else { throw .system("writing \(base).lock", failed) }
            try StrikeFile(ifThere: base)?.removeAll()
            released.append(reading)
        }
        return released
    }
}
