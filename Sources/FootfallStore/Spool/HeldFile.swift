// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// Records that left the chain: raw, as they were in the spool, until a process can run them.
///
/// In the directory `held`, each has a lock file `ID.lock` with a ``SpoolHeader`` and the records in `ID.a`. The ID
/// is made from the spool that the records come from, the plugin and the reason, and the records keep the numbers
/// that they have there. So holding a record twice, because the process died in between, changes nothing.
///
/// One thread at a time.
package final class HeldFile {
    package let id: String
    private let directory: String
    private let lockDescriptor: Int32
    private let file: SpoolFile
    private var header: SpoolHeader
    /// The numbers of the records.
    private var numbers: Set<Int64>
    /// The greatest of them.
    private var last: Int64
    /// Whether the disk has the records.
    package private(set) var isSynced = true
    /// Whether the disk has the names of the files.
    private var isNameSynced = false

    /// Milliseconds. The time of the last record is written in steps, so that not every record writes it.
    private static let step: Int64 = 3_600_000

    /// Opens the file for the records of a spool, or makes it.
    ///
    /// - Parameter part: In a file, the numbers of records grow. A spool whose records come in another order, since a
    ///   process died meanwhile, has several.
    package init(directory: String, header: SpoolHeader, part: Int = 0) throws(StoreError) {
        guard let held = header.held else { throw .system("making a file of held events", EINVAL) }
        let id = Self.id(origin: held.origin, plugin: held.plugin, reason: held.reason)
        self.id = part == 0 ? id : "\(id)-\(part)"
        self.directory = directory
        let opened = try Self.open(self.id, in: directory, header)
        self.header = opened.header
        lockDescriptor = opened.lock
        file = opened.file
        numbers = opened.numbers
        last = opened.numbers.max() ?? 0
    }

    deinit { close(lockDescriptor) }

    /// The name of the file for the records of a spool, or of a file in `held`, whose own name would grow.
    package static func id(origin: String, plugin: String, reason: SpoolHeader.Reason) -> String {
        let first = origin.utf8.count > 40 ? NameHash.digits(origin) : origin
        return "\(first).\(NameHash.digits("\(plugin)\n\(reason.rawValue)"))"
    }

    /// Bytes of records.
    package var size: Int { file.size }

    /// Waits until the disk has the records. A failure is ignored: they survive the death of the process all the same.
    package func sync() {
        guard !isSynced else { return }
        file.sync()
        if !isNameSynced {
            // That of the directory as well: this may be the first file that was ever held.
            for path in [directory, "\(directory)/.."] { Listing.sync(path) }
            isNameSynced = true
        }
        isSynced = true
    }

    /// Whether an opt-out has removed the file.
    package var isRemoved: Bool { !Self.isLinked(lockDescriptor) }

    /// Whether a record can be appended, or is there already: its number is not below the last one's.
    package func takes(_ sequence: Int64) -> Bool { sequence > last || numbers.contains(sequence) }

    /// Appends one complete record that the file takes, unless it is there already.
    ///
    /// - Parameter lived: The counter `lived` now.
    package func append(_ record: borrowing ByteBuffer, sequence: Int64, lived: Int64) throws(StoreError) {
        guard sequence > last else { return }
        try record.withBytes { (bytes) throws(StoreError) in try file.append(UnsafeRawBufferPointer(bytes)) }
        last = sequence
        numbers.insert(sequence)
        isSynced = false
        guard lived >= (header.held?.lived ?? 0) + Self.step else { return }
        header.held?.lived = lived
        // Without it, the records expire earlier.
        _ = header.write(to: lockDescriptor)
    }
}
