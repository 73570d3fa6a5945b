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
        guard isOwn else { return }
        let names = Listing.names(in: directory)
        for name in names where name.hasSuffix(".lock") {
            let base = "\(directory)/\(name.dropLast(".lock".utf8.count))"
            let descriptor = OrphanSpool.open("\(base).lock")
            defer { if descriptor >= 0 { close(descriptor) } }
            // One that cannot be opened or read may be from before the erasure.
            if descriptor >= 0, let own = SpoolHeader(descriptor)?.erasure, own >= erasure { continue }
            // A process that makes the records now looks at the lock file afterwards.
            if unlink("\(base).lock") != 0 { rmdir("\(base).lock") }
            for suffix in recordSuffixes { unlink("\(base)\(suffix)") }
        }
        // Without a lock file no process takes them up, or removes them. A new lock file has a hidden name before its
        // records are there, and until it has its own.
        for name in names {
            guard let suffix = recordSuffixes.first(where: { name.hasSuffix($0) }) else { continue }
            let id = name.dropLast(suffix.utf8.count)
            let hasLock = [".\(id)", "\(id)"].contains { access("\(directory)/\($0).lock", F_OK) == 0 }
            if !hasLock { unlink("\(directory)/\(name)") }
        }
    }

    private static let recordSuffixes = [".a", ".strikes"]

    /// Releases poison, and what waits for a plugin that is off: the next process of its source takes it up, and the
    /// deaths at its records are forgotten.
    ///
    /// - Returns: how many files; a file that a process reads now is left out.
    package static func release(
        in directory: String, where isWanted: (Reading) -> Bool
    ) throws(StoreError) -> [Reading] {
        var released: [Reading] = []
        for reading in all(in: directory) where isReleasable(reading.held) && isWanted(reading) {
            let base = "\(directory)/\(reading.id)"
            let descriptor = OrphanSpool.open("\(base).lock")
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            guard ftf_lock_description(descriptor) == 0, var header = SpoolHeader(descriptor),
                let held = header.held, isReleasable(held)
            else { continue }
            header.held?.reason = .retry
            let failed = header.write(to: descriptor)
            guard failed == 0 else { throw .system("writing \(base).lock", failed) }
            try StrikeFile(ifThere: base)?.removeAll()
            released.append(reading)
        }
        return released
    }

    private static func isReleasable(_ held: SpoolHeader.Held) -> Bool { held.reason == .poison || held.reason == .off }
}
