// SPDX-License-Identifier: MIT
import CReliability
import CSystem
import Footfall
import FootfallCollector
import FootfallStore
import Glibc
import Testing

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

    /// Waits until so many events came; false when that takes too long.
    func waitForEvents(_ count: Int, atMost limit: Duration) -> Bool { arrived.wait(for: count, atMost: limit) }

    var text: String { folder.text(of: name) }
    var lines: [Substring] { text.split(separator: "\n") }

    /// The messageIds in the collector's file, in order.
    var messageIds: [String] { ids(inLines: Array(text.utf8)) }
}

/// The messageIds in lines of JSON, in order.
func ids(inLines lines: [UInt8]) -> [String] {
    let key = #""messageId":""#
    var found: [String] = []
    lines.withUnsafeBytes { all in
        var rest = all[...]
        while true {
            let hit = reliability_find(UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count, key)
            guard hit >= 0 else { return }
            rest = rest.dropFirst(hit + key.utf8.count)
            let id = rest.prefix { $0 != UInt8(ascii: "\"") }
            found.append(String(decoding: id, as: UTF8.self))
            rest = rest.dropFirst(id.count)
        }
    }
    return found
}

/// Counts events and lets somebody wait for them.
private final class Arrivals: @unchecked Sendable {
    private let lock = Lock()
    private var count = 0
    private let descriptor = footfall_eventfd()

    deinit { close(descriptor) }

    func add(_ more: Int) {
        lock.withLock { count += more }
        footfall_eventfd_raise(descriptor)
    }

    func wait(for wanted: Int, atMost limit: Duration) -> Bool {
        let deadline = footfall_boot_nanoseconds() + limit.nanoseconds
        while lock.withLock({ count }) < wanted {
            let left = deadline - footfall_boot_nanoseconds()
            guard left > 0 else { return false }
            _ = footfall_wait_readable_for(descriptor, left)
            footfall_fd_drain(descriptor)
        }
        return true
    }
}

/// What of the expected came once, what not at all, what more than once.
struct Count: Equatable, CustomStringConvertible {
    var once = 0
    var lost: [String] = []
    var doubled: [String] = []

    /// - Parameters:
    ///   - expected: What must have come.
    ///   - found: All that came; nothing may be in it twice.
    init(expected: some Sequence<String>, found: [String]) {
        var counts: [String: Int] = [:]
        for id in found { counts[id, default: 0] += 1 }
        for id in expected {
            if counts[id] == nil { lost.append(id) } else if counts[id] == 1 { once += 1 }
        }
        doubled = counts.filter { $0.value > 1 }.map(\.key).sorted()
    }

    var isWhole: Bool { lost.isEmpty && doubled.isEmpty }

    var description: String {
        "\(once) once, \(lost.count) lost (\(lost.prefix(5))), \(doubled.count) doubled (\(doubled.prefix(5)))"
    }
}

/// `PREFIX-0` to `PREFIX-(count-1)`.
func ids(_ prefix: String, _ count: Int) -> [String] { (0..<count).map { "\(prefix)-\($0)" } }

/// The numbers of a store, looked at from outside.
func inspect<R>(_ directory: String, _ body: (Store) throws -> R) throws -> R {
    try body(try Store(path: StateDirectory(path: directory).database))
}

/// Whether the law holds for every destination, by counting the rows.
func lawHolds(_ directory: String) throws -> Bool {
    try inspect(directory) { store in
        try store.destinations.all().allSatisfy { row in
            try row.queued == store.events.queued(for: row.id, after: row.position)
        }
    }
}
