// SPDX-License-Identifier: MIT
import AmplitudeSession
import ArgumentParser
import CSystem
import Footfall
import FootfallCollector
import FootfallJSON
import FootfallStore
import Glibc
import SegmentDestination

struct Demo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Show what happens to events while this machine is offline and afterwards.",
        discussion: """
            Records three events while no server is there, then starts a server on this machine and delivers them. \
            Nothing leaves this machine. The directory that the demo works in is removed at the end.
            """)

    @Flag(help: "Keep the directory and print its path.") var keep = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            guard !StateLocation.isTrackingRefused else {
                return Console.say("DO_NOT_TRACK: it is set, so nothing is recorded; unset it for this command")
            }
            let directory = "\(StateLocation.path("TMPDIR") ?? "/tmp")/footfall-demo-\(getpid())"
            guard mkdir(directory, 0o700) == 0 else {
                throw CommandExit(.cannotCreate, "\(directory): \(String(cString: strerror(errno)))")
            }
            if global.verbose { Console.say("working in \(directory)") }
            defer { if keep { Console.say("kept \(directory)") } else { remove(directory) } }
            try show(in: directory)
        }
    }

    private func show(in directory: String) throws {
        var settings = CollectorConfiguration()
        settings.output = "\(directory)/collected.ndjson"
        // Finds a free port; the collector itself stops at once, so nothing listens there yet.
        let port = try collector(settings).port
        let url = "http://127.0.0.1:\(port)/v1/b"

        Console.say("1. An app records three events while no server listens on \(url).")
        let analytics = Analytics(
            configuration: Configuration(writeKey: "DEMO").application(id: "com.example.Demo", version: "1.0.0")
                .stateDirectory("\(directory)/state"))
        analytics.add(plugin: AmplitudeSession(name: "Amplitude"))
        analytics.add(plugin: SegmentDestination(endpoint: url))
        analytics.identify(userId: "visitor-42", traits: ["plan": "guest"])
        analytics.track(name: "Badge Scanned", properties: ["room": "lobby"])
        analytics.track(name: "Order Completed", properties: ["total": 59.90, "currency": "EUR"])
        let offline = analytics.flush(timeout: .seconds(1))
        Console.say("   queued \(offline.queued): \(offline.problems.joined(separator: "; "))")

        Console.say("2. The server is back.")
        settings.port = port
        let server = try collector(settings)
        let online = analytics.flush(timeout: .seconds(20))
        let counters = analytics.counters
        server.stop()
        analytics.close()
        Console.say(
            "   delivered \(online.delivered), queued \(online.queued); \(counters.bytesBeforeCompression) B, \(counters.bytesSent) B with gzip"
        )

        Console.say("3. The server received:")
        var reader = try LineReader(settings.output ?? "")
        defer { reader.close() }
        while try reader.next(
            { line in
                if case .text(let bytes) = line { Console.write(json: String(decoding: bytes, as: UTF8.self)) }
            })
        {}
        guard online.queued == 0 else {
            throw CommandExit(.temporary, "demo: \(counted(online.queued, "event")) not delivered; run it again")
        }
    }

    private func collector(_ configuration: CollectorConfiguration) throws -> Collector {
        do {
            return try Collector(configuration)
        } catch {
            throw CommandExit(.unavailable, "demo: \(error)")
        }
    }

    /// Removes a directory with everything in it, or a file.
    private func remove(_ path: String) {
        // For a file the listing is empty and rmdir fails; for a directory unlink fails.
        for name in Listing.names(in: path) { remove("\(path)/\(name)") }
        unlink(path)
        rmdir(path)
    }
}
