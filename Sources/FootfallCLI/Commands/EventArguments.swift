// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// The values of ``EventOptions``.
struct EventArguments {
    var fields: [String] = []
    var properties: String?
    var user: String?
    var anonymousId: String?
    var timestamp: String?
    var messageId: String?
    var noSession = false
    var dryRun = false
    var printId = false
    var wait: WaitDuration?
}

extension EventArguments {
    /// Decides whether the first word of a page or screen is its name, which is optional.
    ///
    /// A word written as `key=text` or `key:=json` is a property, unless its key has white
    /// space, `/`, `?` or `&`: then it is a sentence or an address, and so a name.
    func takingName(_ word: String?) -> (name: String?, EventArguments) {
        guard let word, let sign = word.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (word, self) }
        let key = word.utf8[..<sign]
        let isAddress = key.contains { $0 <= 0x20 || "/?&".utf8.contains($0) }
        guard !key.isEmpty, !isAddress else { return (word, self) }
        var arguments = self
        arguments.fields.insert(word, at: 0)
        return (nil, arguments)
    }

    /// Throws for an option that has no value, or that the command would have to ignore.
    func check(_ type: EventType) throws {
        let options = [("--user", user), ("--anonymous-id", anonymousId), ("--message-id", messageId)]
        for (name, value) in options { if let value { try Self.check(name, value) } }
        guard let user else { return }
        switch type {
        case .identify:
            throw CommandExit(
                .usage, "--user: identify takes the user as its argument; write: footfall identify \(user)")
        case .alias:
            throw CommandExit(
                .usage, "--user: alias takes the new id as its argument; give the earlier one with --previous \(user)")
        default: break
        }
    }

    /// Throws when an option's value is blank.
    static func check(_ option: String, _ value: String) throws {
        guard !value.isBlank else { throw CommandExit(.usage, "\(option): it must not be blank") }
    }

    /// The properties or traits: the `--properties` object with the `k=v` fields merged over it.
    func members() throws -> JSONObject {
        var members = JSONObject()
        if let properties {
            members = try Self.object(properties, "--properties")
        }
        for field in fields {
            let (key, value) = try Self.member(field)
            members[key] = value
        }
        return members
    }

    private static func member(_ field: String) throws -> (String, JSON) {
        // By scalars: a combining mark after "=" would make another character of it.
        let scalars = field.unicodeScalars
        guard let sign = scalars.firstIndex(of: "="), sign > scalars.startIndex else {
            throw CommandExit(.usage, "\(ShownText.value(field)): a property must be written key=text or key:=json")
        }
        let text = String(scalars[scalars.index(after: sign)...])
        let before = scalars.index(before: sign)
        guard scalars[before] == ":" else { return (String(field[..<sign]), .string(text)) }
        let key = String(field[..<before])
        guard !key.isEmpty else { throw CommandExit(.usage, "\(field): the key is missing") }
        return (key, try json(text, key))
    }

    private static func json(_ text: String, _ name: String) throws -> JSON {
        do {
            return try JSONParser.parse(text)
        } catch {
            throw CommandExit(.badInput, "\(name): \(ShownText.value(text)) is not JSON: \(error)")
        }
    }

    private static func object(_ text: String, _ name: String) throws -> JSONObject {
        guard let object = try json(text, name).objectValue else {
            throw CommandExit(.badInput, "\(name): it must be a JSON object")
        }
        return object
    }
}
