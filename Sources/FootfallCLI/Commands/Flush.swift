// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall
import FootfallJSON

struct Flush: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flush",
        abstract: "Deliver what is stored, and wait for it.",
        discussion: """
            Exit status 0 when nothing is queued, 69 when all that is left waits for a destination that refuses \
            or is wrong, else 75.
            """)

    @Option(help: ArgumentHelp("How long to wait.", valueName: "seconds")) var timeout = 30
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            guard timeout >= 0, timeout < 1 << 31 else {
                throw CommandExit(.usage, "--timeout: it must not be below 0")
            }
            let client = try Client(try Settings(global.values), global.values)
            defer { client.close() }
            let (report, exit) = try client.flush(within: .seconds(timeout))
            if global.json {
                Console.write(
                    JSONObject([
                        ("delivered", .int(report.delivered)), ("queued", .int(report.queued)),
                        ("dropped", .int(report.dropped)),
                    ]))
            } else if !global.quiet {
                Console.say("delivered \(report.delivered), queued \(report.queued), dropped \(report.dropped)")
            }
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
