// SPDX-License-Identifier: MIT
import FootfallStore
import Glibc

/// A file and those that it became when it was rotated: `events.ndjson`, `events.ndjson.1`, `events.ndjson-20261129`.
struct RotatedFiles {
    /// One of the files.
    struct Entry: Equatable {
        var path: String
        var inode: UInt64
        /// When it was written to last, in nanoseconds since 1970.
        var written: Int64
        var size: Int64
    }

    private let path: String

    init(_ path: String) { self.path = path }

    /// All files that are there, in the order in which they were written. The file itself is the last one.
    var all: [Entry] {
        let (directory, name) = Self.parts(of: path)
        let rotated = Listing.names(in: directory).filter { Self.isRotation($0, of: name) }
            .compactMap { Self.entry("\(directory)/\($0)") }
        let sorted = rotated.sorted { ($0.written, $1.path) < ($1.written, $0.path) }
        return sorted + [Self.entry(path)].compactMap { $0 }
    }

    /// The file that was written after one of them: what the writer began when that one was moved away.
    func successor(of inode: UInt64) -> Entry? { Self.successor(of: inode, in: all) }

    /// The same, in a list that is sorted. Without the file in the list it is the last one.
    static func successor(of inode: UInt64, in files: [Entry]) -> Entry? {
        guard let place = files.firstIndex(where: { $0.inode == inode }) else { return files.last }
        return place + 1 < files.count ? files[place + 1] : nil
    }

    /// The directory and the name of a path.
    static func parts(of path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        return (directory, String(path[path.index(after: slash)...]))
    }

    /// Whether logrotate(8) or a writer gave a file this name: a number or a date behind a point or a hyphen. Packed
    /// files are none.
    static func isRotation(_ candidate: String, of name: String) -> Bool {
        guard candidate.hasPrefix(name) else { return false }
        let ending = candidate.utf8.dropFirst(name.utf8.count)
        guard let first = ending.first, first == UInt8(ascii: ".") || first == UInt8(ascii: "-") else { return false }
        let digits = ending.filter { (0x30...0x39).contains($0) }
        let isDate = ending.allSatisfy { (0x30...0x39).contains($0) || ".-_:T".utf8.contains($0) }
        return isDate && !digits.isEmpty
    }

    /// The inode of the regular file at a path; `nil` when there is none.
    static func inode(of path: String) -> UInt64? { entry(path)?.inode }

    private static func entry(_ path: String) -> Entry? {
        var status = Glibc.stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Entry(
            path: path, inode: UInt64(status.st_ino), written: FileTimes.written(status), size: Int64(status.st_size))
    }
}
