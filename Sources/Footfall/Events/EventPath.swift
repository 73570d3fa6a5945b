// SPDX-License-Identifier: MIT

/// A place in an event: `userId`, `properties.total`, `properties.items[0].price` or
/// `context['a.b']`.
///
/// Keys are separated by dots. A place in an array is a number in brackets, or between dots as a key is.
/// A key with a dot or a bracket stands in `['…']`.
struct EventPath {
    /// A key of an object, or a place in an array.
    enum Piece {
        case key(String)
        case index(Int)

        /// The place in an array; `nil` for any other key.
        var index: Int? {
            switch self {
            case .index(let index): index
            case .key(let key): Int(key).flatMap { $0 >= 0 && "\($0)" == key ? $0 : nil }
            }
        }
    }

    /// The path as it was given, for messages.
    let text: String
    /// The field of the event.
    let field: String
    /// The way from the field to the value.
    let rest: ArraySlice<Piece>

    /// With what is set there, the event must not be deeper than the parser of JSON accepts.
    private static let maximumPieces = 64

    init(_ text: String) throws(EventReader.Problem) {
        self.text = text
        var pieces: [Piece] = []
        var left = Substring(text).utf8
        var isFirst = true
        while isFirst || !left.isEmpty {
            guard let piece = Self.next(&left, isFirst: isFirst) else {
                let place = text.utf8.count - left.count
                throw EventReader.Problem(
                    field: text, problem: "it is no path at byte \(place); a path is properties.items[0].price")
            }
            pieces.append(piece)
            isFirst = false
        }
        guard pieces.count <= Self.maximumPieces, case .key(let field)? = pieces.first else {
            throw EventReader.Problem(
                field: text, problem: "it must begin with a field and have at most \(Self.maximumPieces) parts")
        }
        self.field = field
        rest = pieces.dropFirst()
    }

    private static func next(_ left: inout Substring.UTF8View, isFirst: Bool) -> Piece? {
        if left.first == UInt8(ascii: "[") { return bracket(&left) }
        if !isFirst { guard left.popFirst() == UInt8(ascii: ".") else { return nil } }
        let key = left.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]") }
        guard !key.isEmpty else { return nil }
        left = left[key.endIndex...]
        return .key(String(Substring(key)))
    }

    /// `[0]` or `['key']`.
    private static func bracket(_ left: inout Substring.UTF8View) -> Piece? {
        var inside = left.dropFirst()
        if inside.popFirst() == UInt8(ascii: "'") {
            let begin = inside.startIndex
            while let byte = inside.popFirst() {
                guard byte == UInt8(ascii: "'"), inside.first == UInt8(ascii: "]") else { continue }
                let key = left[begin..<left.index(inside.startIndex, offsetBy: -1)]
                left = inside.dropFirst()
                return .key(String(Substring(key)))
            }
            return nil
        }
        let digits = left.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        inside = left[digits.endIndex...]
        guard let index = Int(Substring(digits)), inside.popFirst() == UInt8(ascii: "]") else { return nil }
        left = inside
        return .index(index)
    }
}

extension EventPath {
    /// The value at the end of the way; `nil` when there is none.
    func value(in field: JSON) -> JSON? {
        var value = field
        for piece in rest {
            switch (value, piece) {
            case (.object(let object), .key(let key)):
                guard let member = object[key] else { return nil }
                value = member
            case (.array(let array), _):
                guard let index = piece.index, array.indices.contains(index) else { return nil }
                value = array[index]
            default: return nil
            }
        }
        return value
    }

    /// Sets the value at the end of the way, and makes the objects and arrays on the way that are missing.
    ///
    /// - Parameter value: `nil` removes. What is not there need not be removed.
    func set(_ value: JSON?, in object: inout JSONObject, _ way: ArraySlice<Piece>) throws(EventReader.Problem) {
        guard case .key(let key)? = way.first else { throw problem("an object has no places, only keys") }
        try change(&object[key], way.dropFirst(), value)
    }

    private func change(_ place: inout JSON?, _ way: ArraySlice<Piece>, _ value: JSON?) throws(EventReader.Problem) {
        guard let piece = way.first else { return place = value }
        switch (place, piece) {
        case (.object(var object), .key):
            try set(value, in: &object, way)
            place = .object(object)
        case (.array(var array), _):
            try change(&array, piece, way.dropFirst(), value)
            place = .array(array)
        case (nil, _), (.null, _):
            if value == nil { return }
            if case .index = piece {
                var array: [JSON] = []
                try change(&array, piece, way.dropFirst(), value)
                place = .array(array)
            } else {
                var object = JSONObject()
                try set(value, in: &object, way)
                place = .object(object)
            }
        default:
            if value == nil { return }
            throw problem("there is a \(place?.kind ?? "value") on the way, which has no parts")
        }
    }

    private func change(
        _ array: inout [JSON], _ piece: Piece, _ way: ArraySlice<Piece>, _ value: JSON?
    ) throws(EventReader.Problem) {
        guard let index = piece.index, index <= array.count else {
            if value == nil { return }
            throw problem("there is an array of \(counted(array.count, "element")) on the way; give a place in it")
        }
        var element = index < array.count ? Optional(array[index]) : nil
        try change(&element, way, value)
        switch (index < array.count, element) {
        case (true, let element?): array[index] = element
        case (true, nil): array.remove(at: index)
        case (false, let element?): array.append(element)
        case (false, nil): break
        }
    }

    func problem(_ why: String) -> EventReader.Problem { EventReader.Problem(field: text, problem: why) }
}
