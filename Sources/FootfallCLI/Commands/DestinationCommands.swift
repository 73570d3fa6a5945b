// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct DestinationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destinations",
        abstract: "List the destinations that the store knows, or drop one that is gone.",
        subcommands: [List.self, Drop.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List them with what waits for each, configured or not.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let settings = try Settings(global.values)
                let configured = try settings.destinations().map(\.name)
                let rows = try readStatus(settings.configuration).destinations
                if global.json {
                    for row in rows { Console.write(json(row, configured.contains(where: row.name.isIdentical))) }
                    return
                }
                guard !rows.isEmpty else { return Console.say("no destination has been configured yet") }
                var table = Table(["destination", "queued", "dead", "configured"])
                for row in rows {
                    table.add([
                        row.name, "\(row.queued)", "\(row.deadLettered)",
                        configured.contains(where: row.name.isIdentical) ? "yes" : "no",
                    ])
                }
                for line in table.lines { Console.show(line) }
            }
        }

        private func json(_ row: StoreStatus.Destination, _ isConfigured: Bool) -> JSONObject {
            [
                "name": .string(row.name), "queued": .int(row.queued), "deadLettered": .int(row.deadLettered),
                "isConfigured": .bool(isConfigured),
            ]
        }
    }

    struct Drop: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drop",
            abstract: "Remove a destination from the store, with what waits for it.",
            discussion: """
                For one that no configuration has any more: a program that still has it makes it anew. Its sums are \
                shown by 'footfall status' with those of other removed destinations.
                """)

        @Argument(help: "Its name, as 'footfall destinations' shows it.") var name: String
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let settings = try Settings(global.values)
                if try settings.destinations().contains(where: { $0.name.isIdentical(to: name) }) {
                    throw CommandExit(.usage, "\(name) is configured; take it out of the configuration first")
                }
                do {
                    let dropped = try StoredDestinations(settings.configuration).drop(name)
                    if global.json {
                        Console.write(
                            JSONObject([
                                ("queued", .int(dropped.queued)), ("deadLetters", .int(dropped.deadLetters)),
                            ]))
                    } else if !global.quiet {
                        Console.say(
                            "dropped \(name) with \(counted(dropped.queued, "queued event")) and "
                                + counted(dropped.deadLetters, "dead letter")
                        )
                    }
                } catch let error as FootfallError {
                    throw CommandExit(
                        error.code == .invalidConfiguration ? .usage : .cannotCreate, error.message)
                }
            }
        }
    }
}
