// SPDX-License-Identifier: MIT
import ArgumentParser
import Footfall

extension Metrics.Format: ExpressibleByArgument {}

struct MetricsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics",
        abstract: "Print the numbers of 'footfall status' for Prometheus and other monitoring.",
        discussion: """
            Names, types, units and "# EOF" are those of OpenMetrics. The names of counters' families have _total at \
            their end, as Prometheus's text format and its textfile collector read them; --format openmetrics leaves it \
            out, as OpenMetrics 1.0 asks.
            """)

    @Option(
        help: ArgumentHelp(
            "Write to this file instead, in one step: a reader sees the old text or the new one.", valueName: "path"))
    var textfile: String?

    @Option(help: "Write for this reader.")
    var format = Metrics.Format.prometheus

    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            let settings = try Settings(global.values)
            let text = Metrics(try usingStore { try StoreStatus(settings) }).text(format)
            guard let textfile else { return Console.write(text: text) }
            try TextFile.replace(textfile, with: text)
        }
    }
}
