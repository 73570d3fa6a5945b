// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct Flush: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush",
        abstract: "Deliver the stored events and wait until they are delivered.",
        discussion: """
            Exit status: 0 if no event is left, 69 if every destination with events left refuses them or is \
            misconfigured, otherwise 75.
            """)

    @Option(
        help: ArgumentHelp(
            "Wait for at most this time: 10s, 2m, 250ms, or a number of seconds.", valueName: "duration"))
    var timeout = WaitDuration(argument: "30s")
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let limit = try timeout.duration(of: "--timeout")
            let client = try Client(try Settings(global.values), global.values, undone: "nothing was delivered")
            defer { client.close() }
            let (report, exit) = try client.flush(within: limit)
            global.values.report(
                [
                    "delivered": .int(report.delivered), "queued": .int(report.queued),
                    "dropped": .int(report.dropped),
                ], "delivered \(report.delivered), queued \(report.queued), dropped \(report.dropped)")
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
