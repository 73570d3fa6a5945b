// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct Flush: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush",
        abstract: "Deliver the stored events and wait until they are delivered.",
        discussion: """
            Ends at once when no destination with events left can be tried before the time is over, and says when it \
            can. Does not wait for destinations in the store that the configuration does not have or that are not \
            enabled; it names them.

            Exit status: 0 if no event is left for the configured destinations, although some became dead letters; \
            64 if no destination is configured; 69 if every destination with events left refuses them or is \
            misconfigured; otherwise 75.
            """)

    @Option(
        help: ArgumentHelp(
            "Wait for at most this time: 10s, 2m, 250ms, or a number of seconds.", valueName: "duration"))
    var timeout = WaitDuration(argument: "30s")
    @Option(
        help: ArgumentHelp(
            """
            Stay in the foreground and deliver again and again, with about this time between the rounds, until \
            SIGTERM, SIGINT or SIGHUP; then end with 0. For containers and machines without systemd.
            """, valueName: "duration"))
    var every: WaitDuration?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let limit = try timeout.duration(of: "--timeout")
            if let interval = try every?.duration(of: "--every") {
                var rounds = try FlushRounds(interval: interval, limit: limit, global: global.values)
                return try rounds.run()
            }
            let settings = try Settings(global.values)
            let client = try Client(settings, global.values, undone: "nothing was delivered")
            defer { client.close() }
            // A store that cannot be used is named first.
            try client.commit()
            try settings.requireDestination()
            let (report, exit) = try client.flush(within: limit)
            global.values.report(report.json(ConfiguredDestinations(settings)), report.line)
            client.complain(about: report)
            if global.verbose {
                let counters = client.analytics.counters
                Console.say(
                    "\(counted(counters.batches, "batch", plural: "batches")), \(counters.bytesBeforeCompression) bytes, "
                        + "compressed to \(counters.bytesSent)")
            }
            if let exit { throw exit }
        }
    }
}
