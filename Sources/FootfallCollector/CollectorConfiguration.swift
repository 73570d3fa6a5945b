// SPDX-License-Identifier: MIT

/// How a ``Collector`` listens, which requests it accepts, and where it writes the events.
///
/// ```swift
/// var configuration = CollectorConfiguration()
/// configuration.output = "/tmp/events.ndjson"
/// configuration.writeKey = "development"
/// let collector = try Collector(configuration)
/// ```
package struct CollectorConfiguration: Sendable {
    /// The TCP port on 127.0.0.1. The default, 0, chooses a free port; see ``Collector/port``.
    package var port: UInt16 = 0

    /// The certificate and its private key for https, both as PEM text. The default, `nil`,
    /// means http.
    package var certificate: (certificatePEM: String, keyPEM: String)?

    /// The file to which each event is appended as one line. The file is created with mode
    /// 0600. The default, `nil`, writes no file.
    package var output: String?

    /// The only write key that is accepted: a request with another key or none is answered
    /// 401. The default, `nil`, accepts every request. Webhooks have no key and are always
    /// accepted.
    package var writeKey: String?

    /// The size limit of a body in bytes, before and after inflating; a larger body is
    /// answered 413. The default is 5 MiB, ten times Segment's limit of 500 KB for a batch.
    package var maximumBodyBytes = 5 * 1024 * 1024

    /// Whether the JSON parser checks a body before its events are recorded. The default is
    /// `true`. With `false` only strings and brackets are followed: that is several times
    /// faster, for benchmarks, but accepts some text that is not JSON.
    package var validatesEvents = true

    /// Whether the collector counts how often it recorded each messageId; see
    /// ``Collector/ledger``. The default is `false`, because the counts stay in memory.
    package var keepsLedger = false

    /// How many threads answer requests. With more than one, callbacks may run at the same
    /// time. The default is 1.
    package var threads = 1

    /// How many connections may be open at once. The default is 1,000, below the usual limit
    /// of 1,024 descriptors. When nine tenths are open, each new connection closes the one
    /// that has waited longest.
    package var maximumConnections = 1_000

    /// How long a connection may be open without traffic, in whole seconds. The default is
    /// one minute.
    package var idleTimeout: Duration = .seconds(60)

    /// How long a request may take to arrive completely, before its connection is closed.
    /// The default is 30 seconds.
    package var requestTimeout: Duration = .seconds(30)

    /// How many bytes of unfinished bodies are kept over all connections, but at least
    /// ``maximumBodyBytes``. Beyond that, the connection that has waited longest is closed.
    /// The default is 64 MiB.
    package var maximumBufferedBytes = 64 * 1024 * 1024

    /// The names, in lower case, that a request may have in its `Host` besides `localhost`,
    /// 127.0.0.0/8 and `[::1]`. The default is none, because a web page could reach the
    /// collector under a name of its own. A request with an `Origin` is always refused.
    package var hosts: Set<String> = []

    /// Chooses the answer to a request, for tests of a client. The default, `nil`, accepts
    /// every request.
    ///
    /// Called on a thread of the collector, with the path and the number of the request (the
    /// first is 1), after the body has arrived and before it is read. The events of a request
    /// that is not accepted are not recorded.
    ///
    /// ```swift
    /// configuration.answer = { _, number in
    ///     number == 1 ? .status(503, headers: [("Retry-After", "1")], body: "") : .accept
    /// }
    /// ```
    package var answer: (@Sendable (_ path: String, _ requestNumber: Int) -> CollectorAnswer)?

    /// Whether a batch that contains this event is refused with ``refusalStatus``, as by a
    /// server that does not name the bad event. The default, `nil`, refuses none.
    ///
    /// Called on a thread of the collector with the JSON text of each event, up to the first
    /// that is refused. No event of a refused batch is recorded.
    ///
    /// ```swift
    /// configuration.refuses = { String(decoding: $0, as: UTF8.self).contains(#""event":"Bad""#) }
    /// ```
    package var refuses: (@Sendable (_ event: ArraySlice<UInt8>) -> Bool)?

    /// The status with which ``refuses`` refuses a batch. The default is 400.
    package var refusalStatus = 400

    /// The defaults.
    package init() {}
}
