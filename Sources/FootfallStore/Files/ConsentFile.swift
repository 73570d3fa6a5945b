// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// The user's consent, as files of the state directory.
///
/// `opted-out` exists while the user has opted out, `opted-in` after the user opted in
/// again or was forgotten; where both exist, `opted-out` counts. Each contains the decimal
/// number of the last erasure. The number only grows: a process that finds a higher one must
/// discard all events that it holds.
package struct ConsentFile: Sendable {
    /// The state of the two files.
    package enum Reading: Sendable, Equatable {
        /// The erasure is `nil` when an earlier version made the file.
        case optedOut(erasure: Int64?)
        /// The erasure is 0 when nothing was ever erased.
        case recording(erasure: Int64)
        /// A file cannot be read; the errno.
        case unreadable(Int32)
    }

    private let directory: StateDirectory

    package init(_ directory: StateDirectory) { self.directory = directory }

    /// Reads the files. A file is absent only for ENOENT, and for ENOTDIR, which says that
    /// the directory is none.
    package func read() -> Reading {
        switch number(in: directory.optedOut) {
        case .success(let found?): return .optedOut(erasure: found > 0 ? found : nil)
        case .failure(let error): return .unreadable(error.code)
        case .success(nil): break
        }
        switch number(in: directory.optedIn) {
        case .success(let found): return .recording(erasure: found ?? 0)
        case .failure(let error): return .unreadable(error.code)
        }
    }

    /// Records that the user opted out. Makes the directory if it is missing; throws when
    /// it belongs to another user.
    package func writeOptOut(erasure: Int64) throws(StoreError) {
        try directory.create()
        do throws(StoreError) {
            try write(erasure, to: directory.optedOut)
        } catch {
            // A full disk may still take an empty file, which is enough for an opt-out.
            guard error.isFull, access(directory.optedOut, F_OK) != 0 else { throw error }
            let mark = ftf_open(directory.optedOut, O_WRONLY | O_CREAT)
            guard mark >= 0 else { throw .system("making \(directory.optedOut)") }
            close(mark)
        }
    }

    /// Records that the user opted in, with the number of the erasure.
    package func writeOptIn(erasure: Int64) throws(StoreError) {
        guard erasure > 0 || !StateDirectory.isMissing(directory.path) else { return }
        try directory.create()
        if case .optedOut(erasure) = read() {
            guard rename(directory.optedOut, directory.optedIn) == 0 else {
                throw .system("removing \(directory.optedOut)")
            }
            return
        }
        try write(erasure, to: directory.optedIn)
        guard unlink(directory.optedOut) == 0 || errno == ENOENT else {
            throw .system("removing \(directory.optedOut)")
        }
    }

    /// Records the erasure of a user who was forgotten. An opt-out stays, also one that another
    /// process writes at this moment: nothing but an opt-in ends it.
    package func writeForgotten(erasure: Int64) throws(StoreError) {
        try directory.create()
        try write(erasure, to: directory.optedIn)
    }

    private func write(_ erasure: Int64, to path: String) throws(StoreError) {
        var buffer = ByteBuffer(capacity: 24)
        buffer.append(decimal: erasure)
        try SmallFile.replace(path, with: buffer)
    }

    private struct SystemError: Error { var code: Int32 }

    /// The number in a file: 0 when it contains none, `nil` when the file does not exist.
    private func number(in path: String) -> Result<Int64?, SystemError> {
        let descriptor = ftf_open(path, O_RDONLY | O_NONBLOCK)
        guard descriptor >= 0 else {
            return errno == ENOENT || errno == ENOTDIR ? .success(nil) : .failure(SystemError(code: errno))
        }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 24)
        let count = Glibc.read(descriptor, &text, text.count)
        guard count >= 0 else { return .failure(SystemError(code: errno)) }
        let digits = String(decoding: text.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
        return .success(Int64(digits).map { max($0, 0) } ?? 0)
    }
}
