// SPDX-License-Identifier: MIT
import Footfall

/// The values of ``EventOptions``.
struct EventArguments {
    var fields: [String] = []
    var properties: String?
    var user: String?
    var anonymousId: String?
    var timestamp: String?
    var messageId: String?
    var dryRun = false
    var printId = false
    var wait: WaitDuration?
}

extension EventArguments {
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
            throw CommandExit(.usage, "\(field): a property must be written key=text or key:=json")
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
            throw CommandExit(.badInput, "\(name): \(text) is not JSON: \(error)")
        }
    }

    private static func object(_ text: String, _ name: String) throws -> JSONObject {
        guard let object = try json(text, name).objectValue else {
            throw CommandExit(.badInput, "\(name): it must be a JSON object")
        }
        return object
    }
}
