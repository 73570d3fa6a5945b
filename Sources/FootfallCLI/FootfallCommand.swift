// SPDX-License-Identifier: MIT
import ArgumentParser
import CSystem
import Footfall
import Glibc

@main
struct FootfallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "footfall",
        abstract: "Record analytics events, store them on this machine, and deliver them.",
        discussion: """
            'footfall track' and the other event commands store one event and return. Stored events are delivered by \
            'footfall flush', by --wait, or by a program that uses Footfall with the same store.

            The destinations are those of the configuration file. Without one, events go to Segment: set \
            FOOTFALL_WRITE_KEY, and FOOTFALL_ENDPOINT for another address.

            EXIT STATUS
              0   Success.
              64  Wrong usage, or a configuration that cannot be used.
              65  Some of the input is not an event.
              69  A destination refuses events or is misconfigured, or a port is in use.
              73  The store cannot be created, read or written.
              74  Standard output is closed or cannot be written.
              75  Events are left to deliver, or the store is full. Try again later.
            """,
        version: FootfallVersion.current,
        subcommands: [
            Track.self, Identify.self, Screen.self, Page.self, Group.self, Alias.self, Send.self, RunCommand.self,
            Flush.self, Status.self, Check.self, MetricsCommand.self, EventsCommand.self, Session.self,
            VisitorCommand.self, DeadLetterCommand.self, DestinationCommand.self,
            ResetCommand.self, OptOut.self, OptIn.self, Forget.self, DoctorCommand.self, Explain.self,
            Collect.self, Demo.self,
        ])

    @OptionGroup var global: GlobalOptions

    static func main() {
        Console.openStandardDescriptors()
        // Without this, writing beyond the limit on file sizes (ulimit -f) kills the process.
        ftf_size_signal_ignore()
        if let problem = RawArguments.problem { Console.exit(.usage, problem) }
        if let track = PlainTrack(CommandLine.arguments.dropFirst()) { track.run() }
        do {
            var command = try parseAsRoot(RawArguments.withValues(CommandLine.arguments.dropFirst()))
            try command.run()
        } catch {
            let code = exitCode(for: error)
            let arguments = Array(CommandLine.arguments.dropFirst())
            // ArgumentParser shows the help of the command before an unknown word.
            if code == .success, let problem = CommandPath(arguments).problem { Console.exit(.usage, problem) }
            // As ParsableCommand.exit(withError:) does, but through the filter for
            // terminals: the message quotes arguments, which may be any text.
            if code == .success {
                Console.explain(fullMessage(for: error), to: STDOUT_FILENO)
            } else if !(error is ExitCode), CommandPath(arguments).words == "check" {
                Check.tell(unknown: ArgumentProblem(message(for: error), arguments).line)
                Glibc.exit(HealthCheck.Level.unknown.rawValue)
            } else if !(error is ExitCode) {
                Console.complain(ArgumentProblem(message(for: error), arguments).line)
            }
            Glibc.exit(RawArguments.isBestEffort ? 0 : code.rawValue)
        }
    }

    func run() throws {
        Console.explain(Self.helpMessage(), to: STDERR_FILENO)
        throw ExitCode(CommandExit.Code.usage.rawValue)
    }
}
