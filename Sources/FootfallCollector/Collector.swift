// SPDX-License-Identifier: MIT
import FootfallJSON

/// An HTTP server on 127.0.0.1 that takes what analytics clients send to
/// Segment, for development and tests.
///
/// It answers success when the events are in the output file, and otherwise
/// takes nothing of a request. It listens on the loopback interface only, knows
/// no users, and is not made for production.
///
/// ```swift
/// let collector = try Collector(CollectorConfiguration()) { batch in
///     print("\(batch.count) events by \(batch.path)")
/// }
/// // POST http://127.0.0.1:\(collector.port)/v1/b
/// collector.stop()
/// ```
///
/// It may be used from any thread.
package final class Collector: Sendable {
    private let daemon: Daemon
    private let handler: RequestHandler

    /// The port it listens on.
    package var port: UInt16 { daemon.port }

    /// The address without a path: `http://127.0.0.1:8080`.
    package let url: String

    /// What it has counted so far.
    package var statistics: CollectorStatistics { handler.statistics }

    /// How often each messageId was taken, over all paths; empty unless
    /// ``CollectorConfiguration/keepsLedger`` is set. An event that two
    /// destinations deliver here counts twice.
    package var ledger: [String: Int] { handler.ledger }

    /// Starts a collector; requests are taken as soon as this returns.
    ///
    /// `onEvents` is called on a thread of the collector after the events are
    /// written and before the request is answered, so a slow one slows down the
    /// client.
    package init(
        _ configuration: CollectorConfiguration, onEvents: (@Sendable (CollectedBatch) -> Void)? = nil
    ) throws(CollectorError) {
        try Collector.check(configuration)
        let library = try HTTPLibrary.load()
        var file: EventFile?
        if let path = configuration.output { file = try EventFile(path: path) }
        handler = RequestHandler(configuration, library, file, onEvents)
        daemon = try Daemon(handler)
        url = "\(configuration.certificate == nil ? "http" : "https")://127.0.0.1:\(daemon.port)"
    }

    deinit { daemon.stop() }

    /// Stops listening, lets requests that are being handled finish, and closes
    /// the connections.
    ///
    /// Returns when that is done; called inside a callback of the collector, it
    /// returns at once. Calling it again does nothing.
    package func stop() { daemon.stop() }

    private static func check(_ configuration: CollectorConfiguration) throws(CollectorError) {
        // zlib counts in 32 bits.
        guard (1...(1 << 30)).contains(configuration.maximumBodyBytes) else {
            throw .invalidConfiguration("maximumBodyBytes is \(configuration.maximumBodyBytes), not 1 to 1 GiB")
        }
        guard (1...64).contains(configuration.threads) else {
            throw .invalidConfiguration("threads is \(configuration.threads), not 1 to 64")
        }
        guard configuration.maximumConnections >= configuration.threads else {
            throw .invalidConfiguration("maximumConnections is below the number of threads")
        }
    }
}
