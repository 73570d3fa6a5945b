// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say in one line whether events are delivered, for Nagios, Icinga and other monitoring.",
        discussion: """
            Prints one line with performance data, and changes nothing. The exit status is the one of a monitoring \
            plugin, also when the arguments or the configuration are wrong:

              0  OK
              1  WARNING: an event is older than --max-age, the store fuller than --max-fill, or there are more dead \
            letters than --max-dead at a destination; a plugin is off
              2  CRITICAL: a destination is blocked or refuses events, the store is full, or a plugin does not return
              3  UNKNOWN: there is no store, or it cannot be read
            """)

    @Option(help: ArgumentHelp("How long an event may wait.", valueName: "duration"))
    var maxAge = WaitDuration(argument: "1h")

    @Option(help: ArgumentHelp("How full the store may be, in percent.", valueName: "percent"))
    var maxFill: Int64 = 80

    @Option(help: ArgumentHelp("How many dead letters a destination may have.", valueName: "count"))
    var maxDead: Int64 = 0

    @OptionGroup var global: GlobalOptions

    func run() throws {
        let check: HealthCheck
        do {
            let age = try maxAge.duration(of: "--max-age")
            let settings = try Settings(global.values)
            let status = try usingStore { try StoreStatus(settings) }
            let limits = HealthCheck.Limits(
                age: age.nanoseconds / 1_000_000_000, fill: max(maxFill, 0), deadLetters: max(maxDead, 0))
            check = HealthCheck(status, limits)
        } catch let exit as CommandExit {
            Self.tell(unknown: exit.message ?? "the store cannot be read")
            throw ExitCode(HealthCheck.Level.unknown.rawValue)
        }
        if global.json { Console.write(check.json) } else { Console.show(check.line) }
        if check.level != .fine { throw ExitCode(check.level.rawValue) }
    }

    /// A monitoring system reads standard output, and takes other statuses than 0 to 3 for a broken plugin.
    static func tell(unknown text: String) {
        Console.show("\(HealthCheck.Level.unknown.word): \(HealthCheck.safe(text))")
    }
}
