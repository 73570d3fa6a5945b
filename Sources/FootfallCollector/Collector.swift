// SPDX-License-Identifier: MIT
import FootfallJSON

/// An HTTP server on 127.0.0.1 that receives events in the forms of Segment, Amplitude and
/// webhooks, for development and tests.
///
/// It answers a request with success once all of its events are in the output file;
/// otherwise it records none of them. It is not made for production: it has no users and
/// listens on the loopback interface only.
///
/// ```swift
/// let collector = try Collector(CollectorConfiguration()) { batch in
///     print("\(batch.path): \(batch.count)")
/// }
/// // POST http://127.0.0.1:\(collector.port)/v1/b
/// collector.stop()
/// ```
///
/// Any thread may use it.
package final class Collector: Sendable {
    private let daemon: Daemon
    private let handler: RequestHandler

    /// The port that it listens on.
    package var port: UInt16 { daemon.port }

    /// The address without a path: `http://127.0.0.1:8080`.
    package let url: String

    /// The counters so far.
    package var statistics: CollectorStatistics { handler.statistics }

    /// How often each messageId was recorded, over all paths: an event that two
    /// destinations deliver counts twice. Empty unless ``CollectorConfiguration/keepsLedger``
    /// is set.
    package var ledger: [String: Int] { handler.ledger }

    /// Starts a collector. It accepts requests as soon as this returns.
    ///
    /// Both closures are called on a thread of the collector, so a slow one slows down the client.
    ///
    /// - Parameters:
    ///   - onEvents: Called after the events are written and before the request is answered.
    ///   - onRefusal: Called for each request that is refused or cut off.
    package init(
        _ configuration: CollectorConfiguration, onEvents: (@Sendable (CollectedBatch) -> Void)? = nil,
        onRefusal: (@Sendable (CollectorRefusal) -> Void)? = nil
    ) throws(CollectorError) {
        try Collector.check(configuration)
        let library = try HTTPLibrary.load()
        var file: EventFile?
        if let path = configuration.output { file = try EventFile(path: path) }
        handler = RequestHandler(configuration, library, file, onEvents, onRefusal)
        daemon = try Daemon(handler)
        url = "\(configuration.certificate == nil ? "http" : "https")://127.0.0.1:\(daemon.port)"
    }

    deinit { daemon.stop() }

    /// Stops listening, finishes the requests that have arrived, and closes the connections.
    ///
    /// Returns when that is done, or at once when a callback of the collector calls it.
    /// A second call does nothing.
    package func stop() { daemon.stop() }

    private static func check(_ configuration: CollectorConfiguration) throws(CollectorError) {
        // zlib counts bytes in 32 bits.
        guard (1...(1 << 30)).contains(configuration.maximumBodyBytes) else {
            throw .invalidConfiguration(
                "maximumBodyBytes is \(configuration.maximumBodyBytes); it must be 1 byte to 1 GiB")
        }
        guard (1...64).contains(configuration.threads) else {
            throw .invalidConfiguration("threads is \(configuration.threads); it must be 1 to 64")
        }
        guard configuration.maximumConnections >= configuration.threads else {
            throw .invalidConfiguration("maximumConnections must be at least the number of threads")
        }
    }
}
