// SPDX-License-Identifier: MIT
import ArgumentParser

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a program, and record its start and its end.",
        usage: "footfall run [--name <name>] [<k=v> ...] -- <program> [<argument> ...]",
        discussion: """
            Records 'Command Started' and 'Command Finished' with the name of the program, how long it ran, and its \
            exit status or the signal that ended it. The arguments are not recorded.

            The program runs as if it had been started alone: with its input, output and environment, in the same \
            process group. Signals are passed on to it. Whatever happens to the events, it runs, and 'run' ends as it \
            ended: with its status or by the same signal, with 127 if it is not found and 126 if it cannot be run. A \
            problem with the events is only printed.

            Example: footfall run --name backup -- rsync -a /srv /mnt/backup
            """)

    @Option(help: ArgumentHelp("The name in the events. (default: that of the program)", valueName: "name"))
    var name: String?

    @Argument(help: ArgumentHelp("Properties of both events, as of 'footfall track'.", valueName: "k=v"))
    var fields: [String] = []

    @Option(
        help: ArgumentHelp("A JSON object with properties of both events, or @FILE.", valueName: "json"))
    var properties: String?

    @Option(
        help: ArgumentHelp(
            "Add to the context of both events, written as properties are. May be given several times.",
            valueName: "k=v"))
    var context: [String] = []

    @Option(help: ArgumentHelp("The userId of both events. (default: the identified user)", valueName: "id"))
    var user: String?

    @Flag(help: "Record the events outside of sessions and visits.") var noSession = false

    @OptionGroup var global: GlobalOptions

    func run() throws {
        guard let words = RawArguments.afterTerminator else {
            let cure =
                fields.isEmpty ? "write: footfall run -- PROGRAM ARGUMENTS" : "write -- before it: footfall run -- "
            let rest = fields.isEmpty ? "" : fields.joined(separator: " ")
            Console.exit(.usage, "run: the program is missing; \(cure)\(rest)")
        }
        var options = EventArguments()
        options.fields = fields
        options.properties = properties
        options.context = context
        options.user = user
        options.noSession = noSession
        ProgramRun(words).run(RunRecorder(name: name ?? ProgramRun.baseName(of: words), options, global.values))
    }
}
