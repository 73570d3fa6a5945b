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
        abstract: "Show on this machine alone what happens to events while offline and after.",
        discussion: "Works in a directory of its own, which it removes; sends to a collector of its own.")

    @Flag(help: "Keep the directory.") var keep = false
    @OptionGroup var global: GlobalOptions

    func run() throws {
        try exiting {
            guard !Client.isSilent else {
                return Console.say("DO_NOT_TRACK is set: nothing is recorded, so there is nothing to show")
            }
            let directory = "\(StateLocation.environment("TMPDIR") ?? "/tmp")/footfall-demo-\(getpid())"
            guard mkdir(directory, 0o700) == 0 else {
                throw CommandExit(.cannotCreate, "\(directory): \(String(cString: strerror(errno)))")
            }
            defer { if keep { Console.say("kept \(directory)") } else { remove(directory) } }
            try show(in: directory)
        }
    }

    private func show(in directory: String) throws {
        var settings = CollectorConfiguration()
        settings.output = "\(directory)/collected.ndjson"
        // A port that is free now; nothing listens on it yet.
        let port = try collector(settings).port
        let url = "http://127.0.0.1:\(port)/v1/b"

        Console.say("1. An app tracks three events; nothing listens on \(url).")
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

        Console.say("2. The network is back.")
        settings.port = port
        let server = try collector(settings)
        let online = analytics.flush(timeout: .seconds(20))
        let counters = analytics.counters
        server.stop()
        analytics.close()
        Console.say(
            "   delivered \(online.delivered), queued \(online.queued); \(counters.bytesBeforeCompression) B, \(counters.bytesSent) B with gzip"
        )

        Console.say("3. What arrived:")
        var reader = try LineReader(settings.output ?? "")
        defer { reader.close() }
        while try reader.next(
            { line in
                if case .text(let bytes) = line { Console.write(json: String(decoding: bytes, as: UTF8.self)) }
            })
        {}
        guard online.queued == 0 else {
            throw CommandExit(.temporary, "could not deliver \(counted(online.queued, "event"))")
        }
    }

    private func collector(_ configuration: CollectorConfiguration) throws -> Collector {
        do {
            return try Collector(configuration)
        } catch {
            throw CommandExit(.unavailable, "\(error)")
        }
    }

    /// Removes what the demo made: a directory and what is in it.
    private func remove(_ path: String) {
        // A file has no names in it, and is not removed as a directory.
        for name in Listing.names(in: path) { remove("\(path)/\(name)") }
        unlink(path)
        rmdir(path)
    }
}
