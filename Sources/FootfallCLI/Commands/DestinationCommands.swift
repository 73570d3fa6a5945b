// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct DestinationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destinations",
        abstract: "List the destinations in the store, or remove one that is no longer configured.",
        subcommands: [List.self, Drop.self], defaultSubcommand: List.self)

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List the destinations in the store, with their queued events and dead letters.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let settings = try Settings(global.values)
                let configured = ConfiguredDestinations(settings)
                let rows = try usingStore { try StoreStatus(settings.configuration) }.destinations
                if global.json {
                    for row in rows { Console.write(json(row, configured.absence(of: row.name))) }
                    return
                }
                guard !rows.isEmpty else { return Console.say("the store has no destination yet") }
                var table = Table(["destination", "queued", "dead", "configured"])
                for row in rows {
                    let word =
                        switch configured.absence(of: row.name) {
                        case nil, .new: "yes"
                        case .disabled: "disabled"
                        case .notConfigured: "no"
                        case .unknownType: "unknown type"
                        }
                    table.add([row.name, "\(row.queued)", "\(row.deadLettered)", word])
                }
                Console.show(table)
            }
        }

        private func json(_ row: StoreStatus.Destination, _ absence: Absence?) -> JSONObject {
            [
                "name": .string(row.name), "queued": .int(row.queued), "deadLettered": .int(row.deadLettered),
                "isConfigured": .bool(absence != .notConfigured),
                "isEnabled": .bool(absence == nil || absence == .unknownType),
            ]
        }
    }

    struct Drop: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "drop",
            abstract: "Remove a destination from the store, with its queued events and dead letters.",
            discussion: """
                Only for a destination that no configuration has, or that is disabled: a program that still has it adds \
                it again. \
                'footfall status' counts its events under "removed".
                """)

        @Argument(help: "The name, as 'footfall destinations' shows it.") var name: String
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let settings = try Settings(global.values)
                if settings.destinations.enabled.contains(where: { $0.name.isIdentical(to: name) }) {
                    throw CommandExit(.usage, "\(name): it is configured; take it out of the configuration first")
                }
                let dropped = try usingStore { try StoredDestinations(settings.configuration).drop(name) }
                global.values.report(
                    ["queued": .int(dropped.queued), "deadLetters": .int(dropped.deadLetters)],
                    "removed \(name) with \(counted(dropped.queued, "queued event")) and "
                        + counted(dropped.deadLetters, "dead letter"))
            }
        }
    }
}
