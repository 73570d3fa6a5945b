// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct VisitorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visitor",
        abstract: "Begin or end a visit of a shared device, or look at it.",
        discussion: """
            Each visit is a session of its own under an anonymousId that no other has. A program that runs on the \
            same store ends one that nobody touches; else the next run of the command does.
            """, subcommands: [Show.self, Begin.self, End.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the visit that is open, and how many there were.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let status = try readStatus(try Settings(global.values).configuration)
                if global.json { return Console.write(status.visitJSON) }
                if let visit = status.visit {
                    Console.show(visit.id)
                    guard !global.quiet else { return }
                    let touched = visit.hasInteraction ? "last active \(visit.lastActivity)" : "nothing done yet"
                    Console.say("since \(visit.began), \(touched)\(visit.isPaused ? ", idle time paused" : "")")
                } else {
                    Console.say("no visit is open\(status.isAttracting ? "; attract mode" : "")")
                }
                guard !global.quiet else { return }
                Console.say(
                    "\(counted(status.visits.ended, "visit")) ended, \(status.visits.empty) without interaction")
            }
        }
    }

    struct Begin: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "begin",
            abstract: "Begin a visit; prints its id. Its session starts with the first event.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try change(global.values) { $0.begin() }
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "end", abstract: "End the visit, and its session.")

        @Option(help: ArgumentHelp("Why: completed, cancelled, or a word of your own.", valueName: "reason"))
        var reason = VisitEndReason.completed.rawValue
        @OptionGroup var global: GlobalOptions

        func run() throws {
            guard !reason.isEmpty, reason.utf8.count <= 100 else {
                throw ValidationError("--reason: it must have 1 to 100 bytes")
            }
            try change(global.values) { $0.end(reason: VisitEndReason(rawValue: reason)) }
        }
    }
}

/// Changes the visit and prints the one that is open then.
private func change(_ global: Globals, _ body: (Visitor) -> Void) throws {
    try exiting {
        let settings = try Settings(global)
        guard settings.sessions != nil else {
            throw CommandExit(.usage, "sessions are switched off in the configuration, and a visit is one")
        }
        guard !Client.isSilent else { return }
        let client = try Client(settings, global)
        defer { client.close() }
        body(client.analytics.visitor)
        try client.commit()
        let id = client.analytics.visitor.id
        if global.json {
            Console.write(JSONObject([("id", id.map { .string($0) } ?? .null)]))
        } else if let id {
            Console.show(id)
        }
    }
}
