// SPDX-License-Identifier: MIT
import FootfallCollector
import TestSupport

/// A collector with its file, and a count of what came.
final class Server {
    let collector: Collector
    private let folder: TemporaryDirectory
    private let name: String
    private let arrived = Arrivals()

    init(
        _ folder: TemporaryDirectory, name: String = "events.ndjson",
        certificate: (certificatePEM: String, keyPEM: String)? = nil
    ) throws {
        self.folder = folder
        self.name = name
        var configuration = CollectorConfiguration()
        configuration.output = folder(name)
        configuration.certificate = certificate
        configuration.validatesEvents = false
        // Through a proxy it is asked for under this name.
        configuration.hosts = ["collector.invalid"]
        let arrived = arrived
        collector = try Collector(configuration) { arrived.add($0.count) }
    }

    deinit { collector.stop() }

    var segment: String { "segment=\(collector.url)/v1/b" }
    var webhook: String { "webhook=\(collector.url)/webhook" }

    /// Waits until so many events came; false when they did not within the limit.
    func waitForEvents(_ count: Int, atMost limit: Duration) -> Bool { arrived.wait(for: count, atMost: limit) }

    /// What is in the collector's file, of at most 256 MiB.
    var text: String { get throws { try folder.text(of: name) } }
    var lines: [Substring] { get throws { try text.split(separator: "\n") } }

    /// The messageIds in the collector's file, in order.
    var messageIds: [String] {
        get throws {
            var found: [String] = []
            try MessageIDs.forEach(inFile: folder(name)) { found.append($0) }
            return found
        }
    }

    /// How often each of the expected events is in the collector's file, of any length.
    func tally(_ expected: [String: Int], possible: Set<String> = []) throws -> Tally {
        var tally = Tally(expected: expected, possible: possible)
        try MessageIDs.forEach(inFile: folder(name)) { tally.add($0) }
        return tally
    }
}
