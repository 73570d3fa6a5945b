// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct VisitorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "visitor",
        abstract: "Begin, end or show a visit on a shared device.",
        discussion: """
            Each visit is a session of its own, under an anonymousId that no other visit has. An idle visit is ended \
            by a program that runs on the same store, otherwise by the next run of this command.
            """, subcommands: [Show.self, Begin.self, End.self], defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print the id of the open visit, and the number of ended visits.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let settings = try Settings(global.values)
                let status = try usingStore { try StoreStatus(settings) }
                if global.json { return Console.write(status.visitJSON) }
                if let visit = status.visit {
                    Console.show(visit.id)
                    guard !global.quiet else { return }
                    let activity = visit.hasInteraction ? "last active \(visit.lastActivity)" : "no event yet"
                    Console.say("began \(visit.began), \(activity)\(visit.isPaused ? ", idle timer paused" : "")")
                } else {
                    let last = status.endedVisit.map { "; the last one ended \($0.at) (\($0.reason))" } ?? ""
                    Console.say("no visit is open\(last)\(status.isAttracting ? "; attract mode is on" : "")")
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
            abstract: "Begin a visit and print its id. Its session starts with its first event.")

        @OptionGroup var global: GlobalOptions

        func run() throws { try change(global.values) { $0.begin() } }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "end", abstract: "End the visit and its session.")

        @Option(help: ArgumentHelp("Why it ends: completed, cancelled, or your own word.", valueName: "reason"))
        var reason = VisitEndReason.completed.rawValue
        @OptionGroup var global: GlobalOptions

        func run() throws {
            guard !reason.isEmpty, reason.utf8.count <= 100 else {
                return try exiting { throw CommandExit(.usage, "--reason: it must have 1 to 100 bytes") }
            }
            try change(global.values) { $0.end(reason: VisitEndReason(rawValue: reason)) }
        }
    }
}

private func change(_ global: Globals, _ body: (Visitor) -> Void) throws {
    try changeSession(
        global,
        offMessage:
            "visitor: a visit needs sessions, which are switched off; take \"session\": false out of the configuration",
        { body($0.visitor) }, openID: { $0.visitor.id.map { .string($0) } })
}
