// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct DeadLetterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "List the events that destinations refused, export them, send them again or remove them.",
        subcommands: [List.self, Export.self, Retry.self, Purge.self], defaultSubcommand: List.self)

    /// Which of them.
    struct Choice: ParsableArguments {
        @Option(help: ArgumentHelp("Only those of this destination.", valueName: "name"))
        var destination: String?

        @Option(name: .customLong("id"), help: ArgumentHelp("Only this one; may be repeated.", valueName: "number"))
        var ids: [Int64] = []

        func takes(_ letter: DeadLetters.Letter) -> Bool {
            (destination?.isIdentical(to: letter.destination) ?? true) && (ids.isEmpty || ids.contains(letter.id))
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List them: number, destination, time, reason.")

        @OptionGroup var choice: Choice
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try withLetters(global.values) { letters in
                let chosen = try letters.list().filter(choice.takes)
                if global.json {
                    for letter in chosen { Console.write(Self.json(letter)) }
                    return
                }
                guard !chosen.isEmpty else { return Console.say("there are no dead letters") }
                var table = Table(["id", "destination", "given up", "reason"])
                for letter in chosen {
                    table.add(["\(letter.id)", letter.destination, letter.at.description, letter.reason])
                }
                for line in table.lines { Console.show(line) }
            }
        }

        private static func json(_ letter: DeadLetters.Letter) -> JSONObject {
            [
                "id": .int(letter.id), "destination": .string(letter.destination),
                "at": .string(letter.at.description), "reason": .string(letter.reason),
            ]
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Print the events, one a line; 'footfall send' takes them.")

        @OptionGroup var choice: Choice
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try withLetters(global.values) { letters in
                for letter in try letters.list() where choice.takes(letter) { Console.write(json: letter.body) }
            }
        }
    }

    struct Retry: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "retry", abstract: "Queue them again for the destinations that refused them.")

        @OptionGroup var choice: Choice
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try withLetters(global.values) { letters in
                report("queued again", try letters.sendAgain(choice.takes), global.values)
            }
        }
    }

    struct Purge: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "purge", abstract: "Remove them for ever.")

        @OptionGroup var choice: Choice
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try withLetters(global.values) { letters in
                report("removed", try letters.purge(choice.takes), global.values)
            }
        }
    }
}

private func withLetters(_ global: Globals, _ body: (DeadLetters) throws -> Void) throws {
    try exiting {
        do {
            try body(DeadLetters(try Settings(global).configuration))
        } catch let error as FootfallError {
            throw CommandExit(.cannotCreate, error.message)
        }
    }
}

private func report(_ what: String, _ count: Int, _ global: Globals) {
    if global.json {
        Console.write(JSONObject([("count", .int(Int64(count)))]))
    } else if !global.quiet {
        Console.say("\(what): \(counted(count, "dead letter"))")
    }
}
