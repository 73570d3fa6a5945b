// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Glibc

/// What a reader gave: a sequence number and the text it came with.
struct Spooled: Equatable, CustomStringConvertible {
    var sequence: Int64
    var text: String

    init(_ sequence: Int64, _ text: String) {
        self.sequence = sequence
        self.text = text
    }

    var description: String { "\(sequence):\(text)" }
}

func record(_ text: String, _ sequence: Int64) -> ByteBuffer {
    var buffer = ByteBuffer()
    SpoolRecord.begin(&buffer)
    buffer.append(utf8: text)
    SpoolRecord.finish(&buffer, sequence: sequence)
    return buffer
}

func text(_ payload: UnsafeRawBufferPointer) -> String { String(decoding: payload, as: UTF8.self) }

extension Spool {
    func append(_ text: String, _ sequence: Int64) throws { try append(record(text, sequence), sequence: sequence) }
}

extension Spool.Cursor {
    func all() throws -> [Spooled] {
        var found: [Spooled] = []
        while try next({ found.append(Spooled($0, text($1))) }) {}
        return found
    }
}

extension OrphanSpool {
    func all(after watermark: Int64 = 0) throws -> (records: [Spooled], damaged: Int) {
        var found: [Spooled] = []
        let damaged = try forEach(after: watermark) { found.append(Spooled($0, text($1))) }
        return (found, damaged)
    }
}

/// A file's bytes, changed in place.
func change(_ path: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try SmallFile.read(path)
    body(&bytes)
    var buffer = ByteBuffer()
    buffer.append(bytes)
    try SmallFile.replace(path, with: buffer)
}

func mode(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}
