// SPDX-License-Identifier: MIT

/// Goes through the records of a spool file, in chunks.
///
/// Damaged bytes cost the records they belong to: reading goes on at the next
/// whole record behind them.
final class SpoolReader {
    private let read: (Int, UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
    private let chunk: UnsafeMutableRawBufferPointer
    private var begin = 0
    private var end = 0
    private var offset = 0
    /// The last sequence number that was read.
    private var last: Int64 = 0
    /// Stretches of bytes that are no records; a torn end is one, too.
    private(set) var damaged = 0

    /// Holds the largest record, and 200 usual ones.
    private static let chunkSize = SpoolRecord.maximumPayload + SpoolRecord.headerSize

    /// - Parameter read: reads from an offset; 0 at the end.
    init(_ read: @escaping (Int, UnsafeMutableRawBufferPointer) throws(StoreError) -> Int) {
        self.read = read
        chunk = .allocate(byteCount: Self.chunkSize, alignment: 16)
    }

    deinit { chunk.deallocate() }

    /// Calls `body` with the next whole record; false when there is none.
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

    /// Goes to the next whole record; false when there is none.
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
            // Rules out nearly every place before its checksum is computed.
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

    /// Reads more behind what is unread; false at the end of the file.
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
