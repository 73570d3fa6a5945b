// SPDX-License-Identifier: MIT
import FootfallJSON
import Glibc

/// The NDJSON file: lines are appended whole or not at all.
final class EventFile: Sendable {
    /// write(2), or what a test puts in its place.
    typealias Write = @Sendable (Int32, UnsafeRawPointer, Int) -> Int

    private let descriptor: Guarded<Int32>
    private let write: Write

    init(path: String, write: @escaping Write = systemWrite) throws(CollectorError) {
        // A pipe that nobody reads is an error, not a wait.
        let opened = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard opened >= 0 else { throw .outputNotWritable(path: path, reason: errorText(errno)) }
        _ = fcntl(opened, F_SETFL, O_APPEND)
        descriptor = Guarded(opened)
        self.write = write
    }

    deinit { descriptor.withLock { _ = close($0) } }

    /// Appends bytes that end with a newline, with one write(2) as long as the
    /// system takes them at once. On failure the file is as it was before; 0, or
    /// an errno.
    func append(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
        return descriptor.withLock { descriptor in
            var done = 0
            while done < bytes.count {
                let written = write(descriptor, base + done, bytes.count - done)
                if written > 0 {
                    done += written
                } else if written == 0 || errno != EINTR {
                    let error = written == 0 ? EIO : errno
                    if done > 0 { takeBack(done, descriptor) }
                    return error
                }
            }
            return 0
        }
    }

    /// Cuts the last bytes off again, unless another program has written after
    /// them or it is no file that can be cut.
    private func takeBack(_ count: Int, _ descriptor: Int32) {
        let end = lseek(descriptor, 0, SEEK_CUR)
        var status = stat()
        guard end >= count, fstat(descriptor, &status) == 0, Int(status.st_size) == end else { return }
        _ = ftruncate(descriptor, end - count)
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

/// What the system calls an error.
func errorText(_ error: Int32) -> String { String(cString: strerror(error)) }
