// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Glibc

/// The NDJSON file: lines are appended whole or not at all.
final class EventFile: Sendable {
    private let file: Guarded<LineFile>
    /// How long another program may hold the file, in milliseconds.
    private static let patience = 2_000

    /// - Parameter write: What a test puts in the place of write(2).
    init(path: String, write: @escaping LineFile.Write = LineFile.systemWrite) throws(CollectorError) {
        do throws(StoreError) {
            file = Guarded(try LineFile(path, write: write))
        } catch {
            throw .outputNotWritable(path: path, reason: error.detail)
        }
    }

    /// Appends bytes that end with a newline, with one write(2) as long as the
    /// system takes them at once. On failure the file is as it was before; 0, or
    /// an errno.
    func append(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        file.withLock { file in
            let error = file.lock(patience: Self.patience)
            guard error == 0 else { return error }
            defer { file.unlock() }
            guard file.isTerminal else { return file.append(bytes) }
            // The sender of an event must not steer the terminal.
            return Array(ShownText.json(String(decoding: bytes, as: UTF8.self)).utf8)
                .withUnsafeBufferPointer { file.append($0) }
        }
    }
}

/// What the system calls an error.
func errorText(_ error: Int32) -> String { String(cString: strerror(error)) }
