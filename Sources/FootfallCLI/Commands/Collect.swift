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
        abstract: "Run a local server that receives events, for development and tests.",
        discussion: """
            Listens on 127.0.0.1 for Segment's calls (/v1/b, /v1/batch, /v1/t …), Amplitude's (/2/httpapi …) and \
            webhooks (/webhook). Writes each event as one line of JSON to standard output or to --out, and a line \
            about each request, also about a refused one, to standard error. Stop it with Ctrl-C.
            """)

    @Option(
        help: ArgumentHelp("Listen on this port; 0 chooses a free one. (default: 8765)", valueName: "port"),
        transform: { text in
            guard let port = UInt16(text) else { throw ValidationError("it must be a whole number from 0 to 65535") }
            return port
        })
    var port: UInt16 = 8_765
    @Option(help: ArgumentHelp("Append the events to this file.", valueName: "file")) var out: String?
    @Option(help: ArgumentHelp("Serve https with this certificate (PEM); needs --key.", valueName: "file"))
    var cert: String?
    @Option(help: ArgumentHelp("The private key of the certificate (PEM).", valueName: "file")) var key: String?
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            var configuration = CollectorConfiguration()
            configuration.port = port
            if out == nil { Console.requireOutput() }
            // Opened by the collector, so that it refuses a batch that it cannot write.
            configuration.output = out ?? "/dev/stdout"
            configuration.certificate = try certificate()
            let isQuiet = global.quiet
            let refusals = RefusalLog()
            let collector: Collector
            // Blocked before any thread starts, so that only sigwait(3) below receives them.
            var ending = sigset_t()
            sigemptyset(&ending)
            for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&ending, signal) }
            pthread_sigmask(SIG_BLOCK, &ending, nil)
            do {
                collector = try Collector(configuration) { batch in
                    if !isQuiet { Console.say(Self.line(batch)) }
                } onRefusal: { refusal in
                    if !isQuiet { refusals.show(refusal.description) }
                }
            } catch {
                throw CommandExit(.unavailable, "collect: \(error)")
            }
            Console.say("listening on \(collector.url)")
            if global.verbose { Console.say("writing to \(out ?? "standard output")") }
            var signal: Int32 = 0
            sigwait(&ending, &signal)
            collector.stop()
            refusals.finish()
            report(collector.statistics)
        }
    }

    private static func line(_ batch: CollectedBatch) -> String {
        let wire = readable(bytes: Int64(batch.wireBytes))
        let sizes = batch.isGzip ? "\(readable(bytes: Int64(batch.inflatedBytes))), \(wire) with gzip" : wire
        return "\(batch.path): \(counted(batch.count, "event")), \(sizes)"
    }

    private func report(_ statistics: CollectorStatistics) {
        var global = global.values
        // Standard output has the events; a line of sums among them would look like one.
        if out == nil { global.json = false }
        global.report(
            [
                "requests": .int(Int64(statistics.requests)), "events": .int(Int64(statistics.events)),
                "bytesReceived": .int(Int64(statistics.bytesReceived)),
                "bytesInflated": .int(Int64(statistics.bytesInflated)), "rejected": .int(Int64(statistics.rejected)),
            ],
            "\(counted(statistics.events, "event")) in \(counted(statistics.requests, "request"))"
                + (statistics.rejected > 0 ? ", \(statistics.rejected) refused" : ""))
    }

    private func certificate() throws -> (certificatePEM: String, keyPEM: String)? {
        guard cert != nil || key != nil else { return nil }
        guard let cert, let key else {
            throw CommandExit(
                .usage, cert == nil ? "--key: --cert is missing; give both" : "--cert: --key is missing; give both")
        }
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
