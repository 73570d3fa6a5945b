// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

struct Session: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "Look at the session, end it, or begin another.", subcommands: [Show.self, End.self, New.self],
        defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the session's id and last activity.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let status = try readStatus(try Settings(global.values).configuration)
                if global.json { return Console.write(status.sessionJSON) }
                guard let id = status.sessionId else { return Console.say("no session is open") }
                Console.show("\(id)")
                if !global.quiet { Console.say("last active \(status.lastAccess?.description ?? "never")") }
            }
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "end", abstract: "End the session; the next event opens another.")

        @OptionGroup var global: GlobalOptions

        func run() throws { try Session.change(global.values) { $0.endSession() } }
    }

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "End the session and begin another at once.")

        @OptionGroup var global: GlobalOptions

        func run() throws { try Session.change(global.values) { $0.startNewSession() } }
    }

    /// Changes the session and prints the one that is open then.
    fileprivate static func change(_ global: Globals, _ body: (Analytics) -> Void) throws {
        try exiting {
            let settings = try Settings(global)
            guard settings.sessions != nil else {
                throw CommandExit(.usage, "sessions are switched off in the configuration")
            }
            guard !Client.isSilent else { return }
            let client = try Client(settings, global)
            defer { client.close() }
            body(client.analytics)
            try client.commit()
            let id = client.analytics.sessionId
            if global.json {
                Console.write(JSONObject([("id", id.map { .int($0) } ?? .null)]))
            } else if let id {
                Console.show("\(id)")
            }
        }
    }
}
