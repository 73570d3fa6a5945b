// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct DeadLetterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "List, export, resend or remove the events that a destination refused.",
        subcommands: [List.self, Export.self, Retry.self, Purge.self], defaultSubcommand: List.self)

    /// Which dead letters a subcommand works on: all of them without options.
    struct Choice: ParsableArguments {
        @Option(help: ArgumentHelp("Only dead letters of this destination.", valueName: "name"))
        var destination: String?

        @Option(
            name: .customLong("id"),
            help: ArgumentHelp("Only the dead letter with this id. May be repeated.", valueName: "id"),
            transform: { text in
                guard let id = Int64(text) else { throw ValidationError("it must be a whole number") }
                return id
            })
        var ids: [Int64] = []

        /// Throws for a destination that is neither in the store nor configured, and for an id
        /// that no chosen dead letter has: a misspelt one must not look like "none".
        func check(_ letters: DeadLetters, _ settings: Settings) throws {
            if let destination { try settings.requireKnown(destination) }
            guard !ids.isEmpty else { return }
            let known = try letters.list().filter { destination?.isIdentical(to: $0.destination) ?? true }.map(\.id)
            guard let wrong = ids.first(where: { !known.contains($0) }) else { return }
            let some = known.prefix(Self.shownIds).map { "\($0)" }.joined(separator: ", ")
            let rest = known.count > Self.shownIds ? " and \(known.count - Self.shownIds) more" : ""
            throw CommandExit(
                .usage,
                "--id: \(wrong) is no dead letter\(destination.map { " of \($0)" } ?? ""); "
                    + (known.isEmpty ? "there are none" : "known: \(some)\(rest)"))
        }

        var isEverything: Bool { destination == nil && ids.isEmpty }

        /// As many as fit into a line.
        private static let shownIds = 10

        /// Whether all dead letters are meant.
        var isAll: Bool { destination == nil && ids.isEmpty }

        func contains(_ letter: DeadLetters.Letter) -> Bool {
            (destination?.isIdentical(to: letter.destination) ?? true) && (ids.isEmpty || ids.contains(letter.id))
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the dead letters: id, destination, event, time, reason.")

        @OptionGroup var choice: Choice
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try withLetters(global.values, choice) { letters in
                let chosen = try letters.list().filter(choice.contains)
                // Held events are of no destination, and have no ids.
                let held = choice.isEverything ? letters.held : []
                if global.json {
                    for letter in chosen { Console.write(Self.json(letter)) }
                    for events in held { Console.write(events.json) }
                    return
                }
                defer { for events in held { Console.show("held: \(events.sentence)") } }
                guard !chosen.isEmpty else {
                    return Console.say("there are no dead letters\(choice.destination.map { " of \($0)" } ?? "")")
                }
                var table = Table(["id", "destination", "event", "given up", "reason"])
                for letter in chosen {
                    table.add([
                        "\(letter.id)", letter.destination, letter.event.text, letter.at.description,
                        letter.reason,
                    ])
                }
                Console.show(table)
            }
        }

        private static func json(_ letter: DeadLetters.Letter) -> JSONObject {
            [
                "id": .int(letter.id), "destination": .string(letter.destination),
                "type": .string(letter.event.type), "event": letter.event.name.map { .string($0) } ?? .null,
                "at": .string(letter.at.description), "reason": .string(letter.reason),
            ]
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Print the events, one JSON object per line, as 'footfall send' reads them.")

        @OptionGroup var choice: Choice
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try withLetters(global.values, choice) { letters in
                for letter in try letters.list() where choice.contains(letter) { Console.write(json: letter.body) }
            }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry",
            abstract: """
                Queue the events again for the destinations that refused them. Without options, the program runs again, at \
                its next start, the events at which a plugin ended it and those that wait for a plugin that is off; the \
                plugin is on again.
                """)

        @OptionGroup var choice: Choice
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try withLetters(global.values, choice) { letters in
                let count = try letters.sendAgain(choice.contains)
                guard choice.isAll else { return report("queued again", count, global.values) }
                let released = try letters.releasePoison()
                let held = released > 0 ? "; released: \(counted(released, "event")) set aside for a plugin" : ""
                global.values.report(
                    ["count": .int(Int64(count)), "released": .int(Int64(released))],
                    "queued again: \(counted(count, "dead letter"))\(held)")
            }
        }
    }

    struct Purge: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "purge", abstract: "Remove the events for good.")

        @OptionGroup var choice: Choice
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try withLetters(global.values, choice) { letters in
                report("removed", try letters.purge(choice.contains), global.values)
            }
        }
    }
}

extension DeadLetters.Letter {
    /// What the event is: its type, and the name of a track, screen or page event.
    fileprivate var event: (type: String, name: String?, text: String) {
        // A body that cannot be read is shown without a name; its reason says more.
        let object = (try? JSONParser.parse(body))?.objectValue
        let type = object?["type"]?.stringValue ?? ""
        let name = (object?["event"] ?? object?["name"])?.stringValue
        return (type, name, type == "track" ? name ?? type : [type, name].compactMap(\.self).joined(separator: " "))
    }
}

private func withLetters(
    _ global: Globals, _ choice: DeadLetterCommand.Choice, _ body: (DeadLetters) throws -> Void
) throws {
    try exiting {
        let settings = try Settings(global)
        let letters = DeadLetters(settings.configuration)
        try usingStore {
            try choice.check(letters, settings)
            try body(letters)
        }
    }
}

private func report(_ what: String, _ count: Int, _ global: Globals) {
    global.report(["count": .int(Int64(count))], "\(what): \(counted(count, "dead letter"))")
}
