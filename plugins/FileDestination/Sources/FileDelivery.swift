// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import Glibc

/// Appends batches to a file and syncs it, so that a delivered event is on the disk.
struct FileDelivery: Delivery {
    let limits = BatchLimits(events: 1_000, bytes: 1 << 20)
    let path: String
    let maximumBytes: Int
    /// write(2); tests replace it.
    var systemWrite = LineFile.systemWrite

    /// How long to wait for another program's lock, in milliseconds. It is short because other
    /// destinations wait on the same thread.
    private static let patience = 200

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var lines = ByteBuffer(capacity: 64 << 10)
        batch.append(to: &lines, separator: UInt8(ascii: "\n"))
        lines.append("\n")
        return .finished(write(lines))
    }

    private func write(_ lines: borrowing ByteBuffer) -> DeliveryOutcome {
        // Again each time the file is full, or another program renames it before it is locked.
        for _ in 0..<10 {
            let file: LineFile
            do throws(StoreError) {
                file = try LineFile(path, write: systemWrite)
            } catch {
                return outcome(error)
            }
            guard file.isPlainFile else { return .blocked("\(path) is no plain file") }
            let locked = file.lock(patience: Self.patience)
            guard locked != EAGAIN else { return .retry("another program holds \(path)", after: nil) }
            guard locked == 0 else { return outcome(.system("writing \(path)", locked)) }
            defer { file.unlock() }
            guard file.isInPlace else { continue }
            if isFull(file.size, lines.count) {
                do throws(StoreError) {
                    try rotate()
                } catch {
                    return outcome(error)
                }
                continue
            }
            let error = lines.withBytes { file.append($0, syncs: true) }
            return error == 0 ? .accepted : outcome(.system("writing \(path)", error))
        }
        return .retry("\(path) is renamed again and again by other programs", after: nil)
    }

    /// Whether the next batch needs a new file. A batch above the limit has a file of its own.
    private func isFull(_ size: Int, _ count: Int) -> Bool {
        size > 0 && (size > maximumBytes || count > maximumBytes - size)
    }

    /// Renames the file. The caller has the file's lock, so only one program does it.
    private func rotate() throws(StoreError) {
        let target = "\(path).\(highestNumber() + 1)"
        guard access(target, F_OK) != 0 else { throw .system("renaming \(path) to \(target)", EEXIST) }
        guard rename(path, target) == 0 else { throw .system("renaming \(path)") }
    }

    /// The highest number of the renamed files; others may have been removed.
    private func highestNumber() -> Int {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let prefix = "\(slash.map { path[path.index(after: $0)...] } ?? path[...])."
        guard let listing = opendir(folder) else { return 0 }
        defer { closedir(listing) }
        var highest = 0
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(prefix), let number = Int(name.dropFirst(prefix.count)), number < .max else {
                continue
            }
            highest = max(highest, number)
        }
        return highest
    }

    private func outcome(_ error: StoreError) -> DeliveryOutcome {
        // These errors pass by themselves; a missing directory or permission does not.
        let passing = [ENOSPC, EDQUOT, EIO, EINTR, EFBIG, ENOLCK, EMFILE, ENFILE, ENOMEM]
        return passing.contains { error.kind == .system($0) } ? .retry("\(error)", after: nil) : .blocked("\(error)")
    }
}
