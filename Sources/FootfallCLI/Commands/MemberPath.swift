// SPDX-License-Identifier: MIT
import FootfallJSON

/// The place of a value inside an object, as `address[street]`, `tags[]` or `rows[0][name]` name it. Pure.
struct MemberPath {
    enum Step {
        case key(String)
        /// Counted from 0.
        case index(Int)
        /// Behind the last element.
        case append
    }

    /// Why there is no such place.
    struct Problem: Error {
        let text: String

        init(_ text: String) { self.text = text }
    }

    /// As deep as JSON may be that is read.
    private static let deepest = 64
    /// In a list with a higher index there would be that many nulls. An event has 32 KiB.
    private static let highest = 999

    private let first: String
    private let rest: [Step]

    /// A key, without brackets.
    init(key: String) { (first, rest) = (key, []) }

    /// Reads a key with or without brackets. A backslash before one of `[`, `]`, `=`, `:`, `@` and itself takes the
    /// meaning from that character, and before digits in brackets makes them a key.
    init(_ text: some StringProtocol) throws(Problem) {
        var scalars = text.unicodeScalars.makeIterator()
        var word = String.UnicodeScalarView()
        var key: String?
        var steps: [Step] = []
        var isOpen = false
        var isLiteral = false
        while let scalar = scalars.next() {
            switch scalar {
            case "\\":
                guard let next = scalars.next() else {
                    word.append(scalar)
                    break
                }
                if !Self.special.contains(next), !(isOpen && Self.isDigit(next)) { word.append(scalar) }
                word.append(next)
                isLiteral = true
            case "[" where !isOpen:
                if key == nil { key = String(word) } else if !word.isEmpty { throw Self.behindBracket }
                word = String.UnicodeScalarView()
                (isOpen, isLiteral) = (true, false)
            case "]" where isOpen:
                steps.append(try Self.step(String(word), isLiteral: isLiteral))
                word = String.UnicodeScalarView()
                isOpen = false
            case "[", "]": throw Problem("a bracket is not matched; write \\[ or \\] for one that is part of the key")
            default: word.append(scalar)
            }
        }
        guard !isOpen else { throw Problem("the bracket [ is not closed; write \\[ for one that is part of the key") }
        guard key == nil || word.isEmpty else { throw Self.behindBracket }
        guard steps.count < Self.deepest else { throw Problem("it is more than \(Self.deepest) levels deep") }
        first = key ?? String(word)
        rest = steps
        guard !first.isEmpty else { throw Problem("the key is missing") }
    }

    private static let special: Set<Unicode.Scalar> = ["[", "]", "=", ":", "@", "\\"]
    private static let behindBracket = Problem("behind ] there must be another [ or the end of the key")

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func step(_ word: String, isLiteral: Bool) throws(Problem) -> Step {
        guard !word.isEmpty else { return .append }
        guard !isLiteral, word.unicodeScalars.allSatisfy(isDigit) else { return .key(word) }
        guard let index = Int(word), index <= highest else {
            throw Problem("the index \(word) is above \(highest); write [\\\(word)] for a key of digits")
        }
        return .index(index)
    }

    /// Puts a value at the place. Objects and lists on the way are made.
    func put(_ value: JSON, in object: inout JSONObject) throws(Problem) {
        guard !rest.isEmpty else {
            object[first] = value
            return
        }
        object[first] = try Self.put(value, at: rest[...], in: object[first], first)
    }

    private static func put(
        _ value: JSON, at path: ArraySlice<Step>, in container: JSON?, _ name: String
    ) throws(Problem) -> JSON {
        guard let step = path.first else { return value }
        let rest = path.dropFirst()
        switch step {
        case .key(let key):
            var object = JSONObject()
            switch container {
            case nil, .null?: break
            case .object(let found)?: object = found
            case let other?: throw Problem("\(name) is \(other.kind) already, so [\(key)] cannot be set in it")
            }
            object[key] = try put(value, at: rest, in: object[key], "\(name)[\(key)]")
            return .object(object)
        case .index(let index):
            var list = try list(container, name)
            while list.count <= index { list.append(.null) }
            list[index] = try put(value, at: rest, in: list[index], "\(name)[\(index)]")
            return .array(list)
        case .append:
            let list = try list(container, name)
            guard list.count <= highest else { throw Problem("\(name) has \(list.count) elements already") }
            return .array(list + [try put(value, at: rest, in: nil, "\(name)[]")])
        }
    }

    private static func list(_ container: JSON?, _ name: String) throws(Problem) -> [JSON] {
        switch container {
        case nil, .null?: return []
        case .array(let found)?: return found
        case let other?: throw Problem("\(name) is \(other.kind) already, so no element can be added to it")
        }
    }
}
