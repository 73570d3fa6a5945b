// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Glibc

/// The output file. The lines of a request are appended completely or not at all.
final class EventFile: Sendable {
    private let file: Guarded<LineFile>
    /// How long to wait for another program that has locked the file, in milliseconds.
    private static let patience = 2_000

    /// - Parameter write: Replaces write(2) in tests.
    init(path: String, write: @escaping LineFile.Write = LineFile.systemWrite) throws(CollectorError) {
        do throws(StoreError) {
            file = Guarded(try LineFile(path, write: write))
        } catch {
            throw .outputNotWritable(path: path, reason: error.detail)
        }
    }

    /// Appends bytes that end with a newline, with one write(2) if the system accepts them at
    /// once. After a failure the file is as it was before.
    ///
    /// - Returns: 0 or an errno.
    func append(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        file.withLock { file in
            let error = file.lock(patience: Self.patience)
            guard error == 0 else { return error }
            defer { file.unlock() }
            guard file.isTerminal else { return file.append(bytes) }
            // An event must not send control characters to the terminal.
            return Array(ShownText.json(String(decoding: bytes, as: UTF8.self)).utf8)
                .withUnsafeBufferPointer { file.append($0) }
        }
    }
}

/// The system's text for an errno.
func errorText(_ error: Int32) -> String { String(cString: strerror(error)) }
