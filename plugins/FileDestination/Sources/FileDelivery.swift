// SPDX-License-Identifier: MIT
import Footfall
import Glibc

/// Appends batches to a file and syncs it: what is delivered is on the disk.
struct FileDelivery: Delivery {
    let limits = BatchLimits(events: 1_000, bytes: 1 << 20)
    let path: String
    let maximumBytes: Int

    func begin(_ batch: DeliveryBatch, _ attempt: DeliveryAttempt) -> DeliveryStep {
        var lines = ByteBuffer(capacity: 64 << 10)
        batch.append(to: &lines, separator: UInt8(ascii: "\n"))
        lines.append("\n")
        return .finished(write(lines))
    }

    private func write(_ lines: borrowing ByteBuffer) -> DeliveryOutcome {
        // A pipe without a reader is an error, not a wait.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { return failure("opening") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return .blocked("\(path) is no plain file")
        }
        let size = Int(status.st_size)
        if size > 0, size + lines.count > maximumBytes {
            guard rotate() else { return failure("renaming") }
            return write(lines)
        }
        let written = lines.withBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        // A write that is cut short says nothing of its reason: the disk is full.
        if written >= 0, written < lines.count { errno = ENOSPC }
        guard written == lines.count, fdatasync(descriptor) == 0 else {
            let outcome = failure("writing")
            // Half a batch would come twice.
            ftruncate(descriptor, off_t(size))
            return outcome
        }
        return .accepted
    }

    private func rotate() -> Bool { rename(path, "\(path).\(highestNumber() + 1)") == 0 }

    /// The newest of the files that were renamed; those between may be gone.
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

    private func failure(_ action: String) -> DeliveryOutcome {
        let error = errno
        let text = "\(action) \(path): \(String(cString: strerror(error)))"
        // A full disk passes; a missing directory or right needs somebody.
        return error == ENOSPC || error == EDQUOT || error == EIO || error == EINTR
            ? .retry(text, after: nil) : .blocked(text)
    }
}
