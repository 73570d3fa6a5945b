// SPDX-License-Identifier: MIT
import CSystem
import Glibc

/// One of the two files of a spool.
final class SpoolFile {
    let path: String
    private var descriptor: Int32
    /// Bytes of complete records.
    private(set) var size = 0
    /// The longest that the file may become (RLIMIT_FSIZE).
    private var limit = Int64.max
    /// The size at which `limit` was read; −1 before that.
    private var checkedSize = -1

    /// - Parameters:
    ///   - size: Bytes that the file has already.
    ///   - descriptor: The open file, which is closed with this; −1 when it is opened by the first append.
    init(path: String, size: Int = 0, descriptor: Int32 = -1) {
        self.path = path
        self.size = size
        self.descriptor = descriptor
    }

    deinit { close() }

    /// Appends complete records with one write(2). An incomplete write (the disk is full) is
    /// removed again.
    func append(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        if descriptor < 0 {
            descriptor = ftf_open(path, O_RDWR | O_CREAT | O_APPEND)
            guard descriptor >= 0 else { throw .system("opening \(path)") }
        }
        try checkLimit(bytes.count)
        var written = write(descriptor, bytes.baseAddress, bytes.count)
        while written < 0, errno == EINTR { written = write(descriptor, bytes.baseAddress, bytes.count) }
        guard written == bytes.count else {
            let error = written < 0 ? errno : ENOSPC
            if written > 0 { ftruncate(descriptor, off_t(size)) }
            throw .system("writing \(path)", error)
        }
        size += written
    }

    /// Throws EFBIG instead of writing beyond the limit on the length of files, which would
    /// raise SIGXFSZ in the host. The limit is read when the file is opened, and after each
    /// 64 KiB.
    private func checkLimit(_ count: Int) throws(StoreError) {
        if checkedSize < 0 || size - checkedSize >= 64 << 10 || size < checkedSize {
            limit = ftf_file_size_limit()
            checkedSize = size
        }
        guard Int64(size) + Int64(count) <= limit else { throw .system("writing \(path)", EFBIG) }
    }

    /// Removes all records.
    func truncate() throws(StoreError) {
        guard size > 0 else { return }
        guard ftruncate(descriptor, 0) == 0 else { throw .system("truncating \(path)") }
        size = 0
    }

    /// Reads from an offset into `buffer`.
    ///
    /// - Returns: how many bytes; 0 at the end.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
        var got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        while got < 0, errno == EINTR { got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)) }
        guard got >= 0 else { throw .system("reading \(path)") }
        return got
    }

    /// Waits until the disk has the records.
    func sync() { if descriptor >= 0 { fdatasync(descriptor) } }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    func remove() {
        close()
        unlink(path)
        size = 0
    }
}
