// SPDX-License-Identifier: MIT
import Footfall
import FootfallJSON

/// The values of ``EventOptions``.
struct EventArguments {
    var fields: [String] = []
    var properties: String?
    var context: [String] = []
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
        var members = try properties.map { try InputText.object($0, "--properties") } ?? JSONObject()
        for field in fields { try MemberArgument(field).put(in: &members) }
        return members
    }

    /// Adds what `--context` gives to an event's context.
    func addContext(to event: inout Event) throws {
        for field in context { try MemberArgument(field, option: "--context").put(in: &event.context) }
    }
}
