// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

struct Session: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session",
        abstract: "Show, end or renew the session.", subcommands: [Show.self, End.self, New.self],
        defaultSubcommand: Show.self)

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print the id of the open session and when it was last active.")

        @OptionGroup var global: GlobalOptions

        func run() throws {
            try exiting {
                let settings = try Settings(global.values)
                let status = try usingStore { try StoreStatus(settings) }
                if global.json { return Console.write(status.sessionJSON) }
                guard let id = status.sessionId else {
                    let last = status.endedSession.map { "; the last one ended \($0.at)" } ?? ""
                    return Console.say("no session is open\(last)")
                }
                Console.show("\(id)")
                if !global.quiet { Console.say("last active \(status.lastAccess?.description ?? "never")") }
            }
        }
    }

    struct End: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "end", abstract: "End the session. The next event starts a new one.")

        @OptionGroup var global: GlobalOptions

        func run() throws { try Session.change(global.values) { $0.endSession() } }
    }

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "End the session, start a new one and print its id.")

        @OptionGroup var global: GlobalOptions

        func run() throws { try Session.change(global.values) { $0.startNewSession() } }
    }

    fileprivate static func change(_ global: Globals, _ body: (Analytics) -> Void) throws {
        try changeSession(
            global, offMessage: "session: sessions are switched off; take \"session\": false out of the configuration",
            body,
            openID: { $0.sessionId.map { .int($0) } })
    }
}
