// SPDX-License-Identifier: MIT
import ArgumentParser
import CSystem
import Footfall
import Glibc

@main
struct FootfallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "footfall",
        abstract: "Records analytics events, keeps them while offline, and delivers them.",
        discussion: """
            Events are stored and the command returns; they are delivered by 'footfall flush', by --wait, or by \
            an app or agent on the same store.

            Exit status: 0 done, 64 wrong usage or configuration, 65 some input is no event, 69 a destination \
            refuses or is wrong (or a port is in use), 73 the store cannot be written, 74 standard output cannot be \
            written, 75 not all is delivered or the store is full.
            """,
        version: FootfallVersion.current,
        subcommands: [
            Track.self, Identify.self, Screen.self, Page.self, Group.self, Alias.self, Send.self, Flush.self,
            Status.self, Session.self, VisitorCommand.self, DeadLetterCommand.self, DestinationCommand.self,
            OptOut.self, OptIn.self, Forget.self, DoctorCommand.self, Explain.self,
            Collect.self, Demo.self,
        ])

    @OptionGroup var global: GlobalOptions

    static func main() {
        Console.openStandardDescriptors()
        // A limit on the length of files is an error like any other.
        footfall_size_signal_ignore()
        if let problem = RawArguments.problem { Console.exit(.usage, problem) }
        if let track = PlainTrack(CommandLine.arguments.dropFirst()) { track.run() }
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            // As the parser does it, but that the arguments it quotes may be anything.
            let (text, code) = (fullMessage(for: error), exitCode(for: error))
            if !text.isEmpty { Console.explain(text, to: code == .success ? STDOUT_FILENO : STDERR_FILENO) }
            Glibc.exit(code.rawValue)
        }
    }

    func run() throws {
        Console.explain(Self.helpMessage(), to: STDERR_FILENO)
        throw ExitCode(CommandExit.Code.usage.rawValue)
    }
}
