// SPDX-License-Identifier: MIT
import TestSupport

/// Finds the messageIds in lines of JSON, in order.
enum MessageIDs {
    private static let key = #""messageId":""#

    /// Those of a file of any length, which is read in pieces.
    static func forEach(inFile path: String, _ body: (String) -> Void) throws {
        try FileText(path).forEachPiece { forEach(in: $0, body) }
    }

    /// Those of some lines.
    static func all(inLines lines: [UInt8]) -> [String] {
        var found: [String] = []
        _ = lines.withUnsafeBytes { forEach(in: $0) { found.append($0) } }
        return found
    }

    /// How many bytes at the end may be the beginning of one more.
    private static func forEach(in bytes: UnsafeRawBufferPointer, _ body: (String) -> Void) -> Int {
        var rest = bytes[...]
        while let place = FileText.place(of: key, in: UnsafeRawBufferPointer(rebasing: rest)) {
            let id = rest.dropFirst(place + key.utf8.count).prefix { $0 != UInt8(ascii: "\"") }
            // The id goes on in the next piece.
            if id.endIndex == rest.endIndex { return rest.count - place }
            body(String(decoding: id, as: UTF8.self))
            rest = rest[id.endIndex...]
        }
        return min(rest.count, key.utf8.count - 1)
    }
}

/// `PREFIX-0` to `PREFIX-(count-1)`.
func ids(_ prefix: String, _ count: Int) -> [String] { (0..<count).map { "\(prefix)-\($0)" } }
