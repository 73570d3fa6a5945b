// SPDX-License-Identifier: MIT
import CSystem
import FootfallJSON
import Glibc

/// What the state directory says of the user's consent.
///
/// `opted-out` is there while the user wants nothing to be recorded, `opted-in`
/// after an opt-out was taken back or a user was forgotten. Either holds the
/// number of the last erasure, a decimal: it only grows, so a process that finds
/// a higher one knows that everything it still holds has to go.
package struct ConsentFile: Sendable {
    /// What a look at the directory found.
    package enum Reading: Sendable, Equatable {
        /// The erasure is `nil` where an earlier version made the mark.
        case optedOut(erasure: Int64?)
        /// The erasure is 0 where nothing was ever erased.
        case recording(erasure: Int64)
        /// The system refuses to say, with this errno.
        case unreadable(Int32)
    }

    private let directory: StateDirectory

    package init(_ directory: StateDirectory) { self.directory = directory }

    /// Looks at the directory. Only a name that is not there (ENOENT, or ENOTDIR
    /// where the directory itself is none) counts as absent.
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

    /// Puts down that the user opted out. The directory is made if it is missing,
    /// and nothing is written where it is another user's.
    package func writeOptOut(erasure: Int64) throws(StoreError) {
        try directory.create()
        do throws(StoreError) {
            try write(erasure, to: directory.optedOut)
        } catch {
            // A full disk may still take an empty file, which says all that matters.
            guard error.isFull, access(directory.optedOut, F_OK) != 0 else { throw error }
            let mark = footfall_open(directory.optedOut, O_WRONLY | O_CREAT)
            guard mark >= 0 else { throw .system("making \(directory.optedOut)") }
            close(mark)
        }
    }

    /// Puts down that the user may be recorded, from this erasure on.
    package func writeOptIn(erasure: Int64) throws(StoreError) {
        guard erasure > 0 || access(directory.path, F_OK) == 0 else { return }
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

    private func write(_ erasure: Int64, to path: String) throws(StoreError) {
        var buffer = ByteBuffer(capacity: 24)
        buffer.append(decimal: erasure)
        try SmallFile.replace(path, with: buffer)
    }

    private struct SystemError: Error { var code: Int32 }

    /// The number in a file: 0 where it holds none, `nil` where there is no file.
    private func number(in path: String) -> Result<Int64?, SystemError> {
        let descriptor = footfall_open(path, O_RDONLY | O_NONBLOCK)
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
