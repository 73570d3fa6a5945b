// SPDX-License-Identifier: MIT
import ArgumentParser
import CSystem
import Footfall
import FootfallCollector
import FootfallJSON
import FootfallStore
import Glibc

struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect",
        abstract: "Take events on this machine, for development and tests.",
        discussion: """
            Listens on 127.0.0.1 for Segment's calls (/v1/b, /v1/batch, /v1/t …) and for webhooks (/webhook). Each \
            event becomes a line of JSON, on standard output or in --out. Ends with Ctrl-C.
            """)

    @Option(help: ArgumentHelp("The port; 0 takes any that is free.", valueName: "port")) var port: UInt16 = 8_765
    @Option(help: ArgumentHelp("Append the events to this file.", valueName: "file")) var out: String?
    @Option(help: ArgumentHelp("Serve https with this certificate (PEM) …", valueName: "file")) var cert: String?
    @Option(help: ArgumentHelp("… and its key (PEM).", valueName: "file")) var key: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            var configuration = CollectorConfiguration()
            configuration.port = port
            // By its name, so that a batch that cannot be written is not taken.
            configuration.output = out ?? "/dev/stdout"
            configuration.certificate = try certificate()
            let isQuiet = global.quiet
            let collector: Collector
            // Blocked before any thread is made, so that they come to the wait below.
            var ending = sigset_t()
            sigemptyset(&ending)
            for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&ending, signal) }
            pthread_sigmask(SIG_BLOCK, &ending, nil)
            do {
                collector = try Collector(configuration) { batch in
                    if !isQuiet { Console.say(Self.line(batch)) }
                }
            } catch {
                throw CommandExit(.unavailable, "\(error)")
            }
            Console.say("listening on \(cert == nil ? "http" : "https")://127.0.0.1:\(collector.port)")
            var signal: Int32 = 0
            sigwait(&ending, &signal)
            collector.stop()
            report(collector.statistics)
        }
    }

    private static func line(_ batch: CollectedBatch) -> String {
        let sizes = batch.isGzip ? "\(batch.inflatedBytes) B, \(batch.wireBytes) B with gzip" : "\(batch.wireBytes) B"
        return "\(batch.path): \(counted(batch.count, "event")), \(sizes)"
    }

    private func report(_ statistics: CollectorStatistics) {
        if global.json, out != nil {
            Console.write(
                JSONObject([
                    ("requests", .int(Int64(statistics.requests))), ("events", .int(Int64(statistics.events))),
                    ("bytesReceived", .int(Int64(statistics.bytesReceived))),
                    ("bytesInflated", .int(Int64(statistics.bytesInflated))),
                    ("rejected", .int(Int64(statistics.rejected))),
                ]))
        } else if !global.quiet {
            Console.say("\(counted(statistics.events, "event")) in \(counted(statistics.requests, "request"))")
        }
    }

    private func certificate() throws -> (certificatePEM: String, keyPEM: String)? {
        guard cert != nil || key != nil else { return nil }
        guard let cert, let key else { throw CommandExit(.usage, "--cert and --key belong together") }
        do throws(StoreError) {
            let secret = try TrustedFile.secret(key)
            if let warning = secret.warning { Console.complain("warning: \(warning)") }
            return (
                String(decoding: try SmallFile.read(cert), as: UTF8.self), String(decoding: secret.bytes, as: UTF8.self)
            )
        } catch {
            throw CommandExit(.usage, "\(error)")
        }
    }
}
