// SPDX-License-Identifier: MIT
import CReliability
import Glibc

/// A file that a test reads. A file that cannot be read is an error, never an empty
/// text: a test that looks for something would hold without having looked.
package struct FileText {
    package let path: String
    /// A text of a test is small; more is read in pieces, by `forEachPiece`.
    private static let longestText = 1 << 28
    private static let pieceBytes = 1 << 20
    private static let keptBytes = 1 << 16

    package init(_ path: String) { self.path = path }

    /// The whole file, of at most 256 MiB.
    package func bytes() throws -> [UInt8] {
        var bytes: [UInt8] = []
        try forEachPiece { piece in
            guard bytes.count + piece.count <= Self.longestText else { throw SystemFailure("reading", path, EFBIG) }
            bytes += piece
            return 0
        }
        return bytes
    }

    /// The whole file as text, of at most 256 MiB.
    package func text() throws -> String { String(decoding: try bytes(), as: UTF8.self) }

    /// The whole file as text, of at most 256 MiB; `nil` where there is no file.
    package func textIfThere() throws -> String? {
        do {
            return try text()
        } catch let failure as SystemFailure where failure.errorNumber == ENOENT {
            return nil
        }
    }

    /// Whether the file has a text in it, wherever that begins.
    package func contains(_ needle: String) throws -> Bool {
        var isThere = false
        try forEachPiece { piece in
            if !isThere, Self.place(of: needle, in: piece) != nil { isThere = true }
            return needle.utf8.count - 1
        }
        return isThere
    }

    /// Gives a file of any length to a closure, in pieces of about 1 MiB.
    ///
    /// - Parameter body: Gives how many bytes at the end of its piece the next piece is
    ///   to begin with, for what lies across the end of a piece: at most 64 KiB.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Int) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure("opening", path) }
        defer { close(descriptor) }
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.keptBytes + Self.pieceBytes, alignment: 16)
        defer { room.deallocate() }
        var kept = 0
        while let base = room.baseAddress {
            let got = read(descriptor, base + kept, Self.pieceBytes)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw SystemFailure("reading", path) }
            guard got > 0 else { return }
            let count = kept + got
            kept = min(max(try body(UnsafeRawBufferPointer(start: base, count: count)), 0), count, Self.keptBytes)
            memmove(base, base + count - kept, kept)
        }
    }

    /// Where a text begins in some bytes.
    package static func place(of needle: String, in bytes: UnsafeRawBufferPointer) -> Int? {
        let place = reliability_find(bytes.baseAddress, bytes.count, needle)
        return place >= 0 ? place : nil
    }
}
