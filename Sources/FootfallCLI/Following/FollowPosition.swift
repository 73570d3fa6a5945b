// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// Where `footfall send --follow` goes on: the file, by its inode and its first line, and the place in it.
///
/// It is kept in the store in the transaction of the lines before it. So each line is stored once, whenever the process
/// dies.
struct FollowPosition: Equatable {
    var inode: UInt64 = 0
    /// Where the next line begins, in bytes.
    var offset: Int64 = 0
    /// How many lines come before it.
    var line: Int64 = 0
    /// The sum of the file's first line; `nil` while the file has no whole line.
    var firstLine: String?

    /// The beginning of a file.
    init(inode: UInt64 = 0) { self.inode = inode }

    /// Reads a value of the store; `nil` for one that is none.
    init?(_ text: String) {
        // Another program may have written anything.
        guard let object = (try? JSONParser.parse(text))?.objectValue,
            let inode = object["inode"]?.stringValue.flatMap({ UInt64($0) }),
            let offset = object["offset"]?.intValue, offset >= 0, let line = object["line"]?.intValue, line >= 0
        else { return nil }
        (self.inode, self.offset, self.line) = (inode, offset, line)
        firstLine = object["first"]?.stringValue
    }

    /// The value in the store.
    var text: String {
        let object: JSONObject = [
            // A text: JSON numbers have no room for all inodes.
            "inode": .string("\(inode)"), "offset": .int(offset), "line": .int(line),
            "first": firstLine.map { .string($0) } ?? .null,
        ]
        return object.text
    }

    /// Whether the position is one in a file.
    ///
    /// - Parameter firstLine: The sum of the file's first line now.
    func isIn(inode: UInt64, firstLine: String?) -> Bool { self.inode == inode && !isBeforeChange(firstLine) }

    /// Whether the file was written anew since: it is shorter than what was read, or begins with another line.
    func isBeforeChange(_ firstLine: String?, size: Int64 = .max) -> Bool {
        size < offset || offset > 0 && self.firstLine != firstLine
    }
}
