// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore
import Glibc

/// A word that sets a member of an object, in HTTPie's syntax: `k=text`, `k:=json`, `k=@FILE`, `k:=@FILE`, with
/// brackets in the key for a place inside.
struct MemberArgument {
    private let word: String
    private let key: Substring
    private let text: String
    private let isJSON: Bool
    /// Whether the key has a character with a meaning.
    private let hasSyntax: Bool

    /// Takes a word apart. The place and the value are read by ``put(in:)``.
    ///
    /// - Parameter option: The option that has the word; `nil` for an argument.
    init(_ word: String, option: String? = nil) throws {
        self.word = word
        // By scalars: a combining mark after "=" would make another character of it.
        let scalars = word.unicodeScalars
        var (sign, hasSyntax, isEscaped, colon) = (scalars.endIndex, false, false, scalars.endIndex)
        search: for index in scalars.indices {
            switch scalars[index] {
            case _ where isEscaped: isEscaped = false
            case "=":
                sign = index
                break search
            case ":": colon = index
            case "\\": (hasSyntax, isEscaped) = (true, true)
            case "[", "]": hasSyntax = true
            default: break
            }
        }
        guard sign < scalars.endIndex, sign > scalars.startIndex else {
            let subject = option == nil ? "a property" : "its value"
            let place = option.map { "\($0): " } ?? ""
            throw CommandExit(
                .usage, "\(place)\(ShownText.value(word)): \(subject) must be written key=text or key:=json")
        }
        isJSON = colon < sign && scalars.index(after: colon) == sign
        key = word[..<(isJSON ? colon : sign)]
        text = String(scalars[scalars.index(after: sign)...])
        self.hasSyntax = hasSyntax
        guard !key.isEmpty else { throw CommandExit(.usage, "\(word): the key is missing") }
    }

    /// Sets the member.
    func put(in object: inout JSONObject) throws {
        let value = try value()
        guard hasSyntax else {
            object[String(key)] = value
            return
        }
        do throws(MemberPath.Problem) {
            try MemberPath(key).put(value, in: &object)
        } catch {
            throw CommandExit(.usage, "\(word): \(error.text)")
        }
    }

    private func value() throws -> JSON {
        if text.utf8.first == UInt8(ascii: "@") {
            let content = try InputText.read(
                String(text.dropFirst()), for: String(key), cure: "; write \(key)=\\@… for a text that begins with @")
            return isJSON ? try InputText.json(content, "\(key): \(text.dropFirst())") : .string(content)
        }
        return isJSON ? try InputText.json(text, String(key), shows: true) : .string(Self.literal(text))
    }

    /// The text without the backslash that keeps its `@` from naming a file.
    private static func literal(_ text: String) -> String {
        let backslash = UInt8(ascii: "\\")
        guard text.utf8.first == backslash, text.utf8.first(where: { $0 != backslash }) == UInt8(ascii: "@") else {
            return text
        }
        return String(text.dropFirst())
    }
}

/// Text and JSON from a file, from standard input or from the command line.
enum InputText {
    /// An event has 32 KiB with its context; JSON with much white space is longer.
    private static let longest = 1 << 20

    /// The text of a file, as it is; `-` is standard input.
    ///
    /// - Parameters:
    ///   - name: What the text is for, in messages.
    ///   - cure: The end of the message when there is no such file.
    static func read(_ path: String, for name: String, cure: String = "") throws -> String {
        let source = path == "-" ? "standard input" : path
        let bytes: [UInt8]
        do throws(StoreError) {
            bytes =
                try path == "-"
                ? SmallFile.read(STDIN_FILENO, source, limit: longest) : SmallFile.read(path, limit: longest)
        } catch {
            let ending = error.kind == .system(ENOENT) ? cure : ""
            throw CommandExit(
                .usage, "\(name): \(ShownText.value(source)) cannot be read: \(error.detail)\(ending)")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandExit(.badInput, "\(name): \(source) is not UTF-8; only text can be a property")
        }
        return text
    }

    /// - Parameter shows: Whether a wrong text is quoted.
    static func json(_ text: String, _ name: String, shows: Bool = false) throws -> JSON {
        do {
            return try JSONParser.parse(text)
        } catch {
            throw CommandExit(
                .badInput, "\(name)\(shows ? ": \(ShownText.value(text)) is" : " is") not JSON: \(error)")
        }
    }

    /// Reads JSON that must be an object: JSON itself, `@FILE`, or `-` for standard input.
    static func object(_ given: String, _ name: String) throws -> JSONObject {
        let value: JSON
        if given == "-" || given.utf8.first == UInt8(ascii: "@") {
            let path = given == "-" ? given : String(given.dropFirst())
            value = try json(read(path, for: name), "\(name): \(path == "-" ? "standard input" : path)")
        } else {
            value = try json(given, name, shows: true)
        }
        guard let object = value.objectValue else {
            throw CommandExit(.badInput, "\(name): it must be a JSON object")
        }
        return object
    }
}
