// SPDX-License-Identifier: MIT

/// What the first bytes of an input say about the rest.
enum InputFormat: Equatable {
    /// Text, or what is read as text.
    case plain
    case gzip
    /// A format that is not read.
    case foreign(name: String, reader: String)

    /// The first bytes of each format that is not plain. No event begins with any of them.
    private static let beginnings: [(bytes: [UInt8], format: InputFormat)] = [
        ([0x1F, 0x8B], .gzip),
        ([0x28, 0xB5, 0x2F, 0xFD], .foreign(name: "zstd data", reader: "zstd -dc")),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A], .foreign(name: "xz data", reader: "xz -dc")),
        ([0x42, 0x5A, 0x68], .foreign(name: "bzip2 data", reader: "bzip2 -dc")),
        ([0x04, 0x22, 0x4D, 0x18], .foreign(name: "lz4 data", reader: "lz4 -dc")),
        ([0x50, 0x4B, 0x03, 0x04], .foreign(name: "a zip archive", reader: "funzip")),
        ([0xFF, 0xFE], .foreign(name: "UTF-16", reader: "iconv -f UTF-16 -t UTF-8")),
        ([0xFE, 0xFF], .foreign(name: "UTF-16", reader: "iconv -f UTF-16 -t UTF-8")),
    ]

    /// The format of an input that begins with `head`; `nil` while more bytes have to tell.
    ///
    /// - Parameter isWhole: Whether there are no more bytes.
    static func of(_ head: UnsafeBufferPointer<UInt8>, isWhole: Bool) -> InputFormat? {
        for (bytes, format) in beginnings {
            if head.starts(with: bytes) { return format }
            if !isWhole, bytes.starts(with: head) { return nil }
        }
        return .plain
    }
}
