// SPDX-License-Identifier: MIT
import FootfallJSON

/// A path into a JSON value, parsed once: `context.device.id`, `items[0].price`,
/// `properties['hy-phen']`.
///
/// A falsy value on the way is the result (`0.x` is 0), as in Segment's code.
package struct Path: Sendable {
    struct Piece: Sendable {
        var key: String
        /// The key as an index of a list, if it is a whole number.
        var index: Int?

        init(_ key: String) {
            self.key = key
            index = Int(key).flatMap { $0 >= 0 && "\($0)" == key ? $0 : nil }
        }
    }

    private(set) var pieces: [Piece]

    /// Further pieces are ignored, because the parser accepts no JSON as deep as this.
    private static let maximumPieces = 100

    /// Parses a path. The empty string and `.` stand for the whole value. An unquoted `[text]`
    /// is a part of the key.
    package init(_ text: String) {
        pieces = text == "." ? [] : Self.pieces(of: text).prefix(Self.maximumPieces).map(Piece.init)
    }

    /// Creates a path of these keys.
    init(keys: [String]) { pieces = keys.prefix(Self.maximumPieces).map(Piece.init) }

    /// Parses the path of an `@path`. The first `$.` in it is ignored.
    init(rooted text: String) { self.init(Self.withoutRoot(text)) }

    private static func withoutRoot(_ text: String) -> String {
        var bytes = Array(text.utf8)
        let pairs = zip(bytes, bytes.dropFirst())
        guard let place = pairs.enumerated().first(where: { $0.element == (0x24, 0x2E) })?.offset else { return text }
        bytes.removeSubrange(place...(place + 1))
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func pieces(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        func isQuoteOrDigit(_ index: Int) -> Bool {
            guard bytes.indices.contains(index) else { return false }
            let byte = bytes[index]
            return byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") || byte &- UInt8(ascii: "0") < 10
        }
        var pieces: [String] = []
        var begin = 0
        for index in 0...bytes.count {
            if index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "."): break
                case UInt8(ascii: "[") where isQuoteOrDigit(index + 1): break
                case UInt8(ascii: "]") where isQuoteOrDigit(index - 1): break
                default: continue
                }
            }
            let key = unquoted(bytes[begin..<index])
            if begin < index { pieces.append(key) }
            begin = index + 1
        }
        return pieces
    }

    private static func unquoted(_ piece: ArraySlice<UInt8>) -> String {
        func isQuote(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") }
        var piece = piece
        if isQuote(piece.first) { piece.removeFirst() }
        if isQuote(piece.last) { piece.removeLast() }
        return String(decoding: piece, as: UTF8.self)
    }

    /// The value at the end of the path; `nil` for JavaScript's undefined.
    package func value(in root: JSON) -> JSON? {
        value(in: root, from: 0)
    }

    /// Recursive, because a loop would copy each value on the way.
    private func value(in value: JSON, from index: Int) -> JSON? {
        guard index < pieces.count, value.isTruthy else { return value }
        if case .object(let object) = value {
            guard let place = object.place(of: pieces[index].key) else { return nil }
            return self.value(in: object.members[place].value, from: index + 1)
        }
        guard let next = Self.member(pieces[index], of: value) else { return nil }
        return self.value(in: next, from: index + 1)
    }

    static func member(_ piece: Piece, of value: JSON) -> JSON? {
        switch value {
        case .object(let object): return object[piece.key]
        case .array(let elements):
            if piece.key == "length" { return .int(Int64(elements.count)) }
            guard let index = piece.index, index < elements.count else { return nil }
            return elements[index]
        case .string(let text):
            if piece.key == "length" { return .int(Int64(text.utf16.count)) }
            guard let index = piece.index, index < text.utf16.count else { return nil }
            let unit = text.utf16[text.utf16.index(text.utf16.startIndex, offsetBy: index)]
            return .string(String(decoding: CollectionOfOne(unit), as: UTF16.self))
        default: return nil
        }
    }
}

extension JSONObject {
    /// The index of a key in `members`.
    @inline(__always)
    func place(of key: String) -> Int? {
        let length = key.utf8.count
        for index in members.indices
        where members[index].key.utf8.count == length && members[index].key.isIdentical(to: key) { return index }
        return nil
    }
}
