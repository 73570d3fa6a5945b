// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

/// What all commands take that record one event.
struct EventOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("Properties or traits: k=v is a text, k:=json is typed.", valueName: "k=v"))
    var fields: [String] = []

    @Option(
        name: [.customLong("properties"), .customLong("traits")],
        help: ArgumentHelp("A JSON object of properties or traits; k=v goes over it.", valueName: "json"))
    var properties: String?

    @Option(help: ArgumentHelp("The user of this event, instead of the identified one.", valueName: "id"))
    var user: String?

    @Option(help: ArgumentHelp("The anonymousId of this event.", valueName: "id"))
    var anonymousId: String?

    @Option(help: ArgumentHelp("When it happened, in ISO 8601; such an event opens no session.", valueName: "time"))
    var timestamp: String?

    @Option(help: ArgumentHelp("An id by which servers recognise the event if it comes twice.", valueName: "id"))
    var messageId: String?

    @Flag(help: "Print the event as it would be stored, and store nothing.")
    var dryRun = false

    @Flag(help: "Print the messageId when the event is stored.")
    var printId = false

    @Option(
        defaultAsFlag: 5,
        help: ArgumentHelp("Deliver, and wait for it (--wait, or --wait=SECONDS).", valueName: "seconds"))
    var wait: Int?

    /// The properties or traits together.
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
        guard let sign = field.firstIndex(of: "="), sign > field.startIndex else {
            throw CommandExit(.usage, "\(field): a property is written k=v, or k:=json")
        }
        let text = String(field[field.index(after: sign)...])
        let before = field.index(before: sign)
        guard field[before] == ":" else { return (String(field[..<sign]), .string(text)) }
        let key = String(field[..<before])
        guard !key.isEmpty else { throw CommandExit(.usage, "\(field): the key is missing") }
        return (key, try json(text, key))
    }

    private static func json(_ text: String, _ name: String) throws -> JSON {
        do {
            return try JSONParser.parse(text)
        } catch {
            throw CommandExit(.badInput, "\(name): \(text) is no JSON: \(error)")
        }
    }

    private static func object(_ text: String, _ name: String) throws -> JSONObject {
        guard let object = try json(text, name).objectValue else {
            throw CommandExit(.badInput, "\(name): it must be a JSON object")
        }
        return object
    }
}

/// Records one event and ends.
struct EventRecorder {
    let global: GlobalOptions
    let options: EventOptions

    /// - Parameter make: Makes the event of its own fields; the rest is filled in here.
    func record(_ type: EventType, _ make: (inout Event, JSONObject) -> Void) throws {
        try exiting {
            var event = Event(type: type, timestamp: Timestamp(milliseconds: 0))
            make(&event, try options.members())
            event.priority = .critical
            if let id = options.messageId {
                guard !id.isEmpty else { throw CommandExit(.usage, "--message-id: it is empty") }
                event.messageId = id
            }
            if let text = options.timestamp { try event.setTimestamp(text) }
            if let id = options.anonymousId { event.anonymousId = id }
            if let user = options.user, type != .identify, type != .alias { event.userId = user }
            try record(event)
        }
    }

    private func record(_ event: Event) throws {
        do {
            try event.validate()
        } catch {
            throw CommandExit(.badInput, "\(error)")
        }
        let settings = try Settings(global)
        let client = try Client(settings, global, isRehearsal: options.dryRun)
        defer { client.close() }
        if options.dryRun {
            for line in client.analytics.rehearse(event) { Console.write(line) }
            return
        }
        client.analytics.process(event)
        try client.store()
        if global.json {
            Console.write(JSONObject([("messageId", .string(event.messageId)), ("stored", true)]).text)
        } else if options.printId {
            Console.write(event.messageId)
        }
        guard let seconds = options.wait else { return }
        if let exit = try client.flush(within: .seconds(max(seconds, 0))).exit { throw exit }
    }
}

extension Event {
    /// Takes a time from the command line.
    mutating func setTimestamp(_ text: String) throws {
        guard let time = Timestamp(text) else {
            throw CommandExit(.badInput, "timestamp: \(text) is no ISO 8601 time like 2026-11-23T17:06:07.065Z")
        }
        timestamp = time
        markAsPast()
    }
}
