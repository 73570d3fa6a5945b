// SPDX-License-Identifier: MIT
import Glibc

/// Reads the records of a spool file, in chunks.
///
/// A damaged record is lost; reading continues at the next complete record.
final class SpoolReader {
    private let read: (Int, UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
    private let chunk: UnsafeMutableRawBufferPointer
    private var begin = 0
    private var end = 0
    private var offset = 0
    /// The sequence number of the last record that was read.
    private var last: Int64 = 0
    /// How many damaged parts were found; an incomplete record at the end is one.
    private(set) var damaged = 0

    /// Room for the largest record, or about 200 usual ones.
    private static let chunkSize = SpoolRecord.maximumPayload + SpoolRecord.headerSize

    /// - Parameter read: Reads from an offset and returns how many bytes; 0 at the end.
    init(_ read: @escaping (Int, UnsafeMutableRawBufferPointer) throws(StoreError) -> Int) {
        self.read = read
        chunk = .allocate(byteCount: Self.chunkSize, alignment: 16)
    }

    /// Reads an open file.
    convenience init(_ descriptor: Int32, _ path: String) {
        self.init { (offset, buffer) throws(StoreError) in
            let got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            guard got >= 0 else { throw .system("reading \(path)") }
            return got
        }
    }

    deinit { chunk.deallocate() }

    /// Where the last record that was read ends.
    var position: Int { offset - (end - begin) }

    /// Calls `body` with the next complete record. Returns false when there is none.
    func next(_ body: (_ sequence: Int64, _ payload: UnsafeRawBufferPointer) -> Void) throws(StoreError) -> Bool {
        while true {
            switch SpoolRecord.read(unread) {
            case .record(let sequence, let payload, let size):
                last = sequence
                body(sequence, UnsafeRawBufferPointer(rebasing: unread[payload]))
                begin += size
                return true
            case .short:
                if try fill() { continue }
                guard !unread.isEmpty, try skipDamage(trusting: 0) else { return false }
            case .damaged(let size):
                guard try skipDamage(trusting: size) else { return false }
            }
        }
    }

    /// Goes to the next complete record behind damage; false when there is none.
    ///
    /// - Parameter size: The length of the damaged record by its header; 0 when unknown.
    private func skipDamage(trusting size: Int) throws(StoreError) -> Bool {
        damaged += 1
        if size > 0, try isRecord(after: size) {
            begin += size
            return true
        }
        while true {
            begin += 1
            while unread.count < SpoolRecord.headerSize {
                guard try fill() else {
                    begin = end
                    return false
                }
            }
            // This test is cheap and excludes nearly every place; the checksum is not.
            if SpoolRecord.mayBegin(unread, after: last), try isRecord(after: 0) { return true }
        }
    }

    private var unread: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: chunk[begin..<end]) }

    private func isRecord(after size: Int) throws(StoreError) -> Bool {
        while true {
            if unread.count > size {
                switch SpoolRecord.read(UnsafeRawBufferPointer(rebasing: unread[size...])) {
                case .record: return true
                case .damaged: return false
                case .short: break
                }
            }
            guard try fill() else { return false }
        }
    }

    /// Reads more bytes behind the unread ones. Returns false at the end of the file.
    private func fill() throws(StoreError) -> Bool {
        if begin > 0 {
            chunk.copyMemory(from: UnsafeRawBufferPointer(rebasing: chunk[begin..<end]))
            end -= begin
            begin = 0
        }
        guard end < chunk.count else { return false }
        let got = try read(offset, UnsafeMutableRawBufferPointer(rebasing: chunk[end...]))
        offset += got
        end += got
        return got > 0
    }
}
