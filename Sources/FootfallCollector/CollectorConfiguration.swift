// SPDX-License-Identifier: MIT

/// How a ``Collector`` listens, what it takes and where it puts it.
///
/// ```swift
/// var configuration = CollectorConfiguration()
/// configuration.output = "/tmp/events.ndjson"
/// configuration.writeKey = "development"
/// let collector = try Collector(configuration)
/// ```
package struct CollectorConfiguration: Sendable {
    /// The TCP port on 127.0.0.1. The default, 0, takes any free one; see
    /// ``Collector/port``.
    package var port: UInt16 = 0

    /// The certificate and its private key, both as PEM text, for https. The
    /// default, `nil`, is http.
    package var certificate: (certificatePEM: String, keyPEM: String)?

    /// The path of the file to which one line per event is appended. The
    /// default, `nil`, writes none. It is made with mode 0600.
    package var output: String?

    /// The only write key that is taken; requests with another or none are
    /// answered 401. The default, `nil`, takes every key. Webhooks carry no key
    /// and are not checked.
    package var writeKey: String?

    /// The largest body, before and after it is inflated, in bytes; larger ones
    /// are answered 413. The default is 5 MiB, ten times Segment's limit of
    /// 500 KB for a batch.
    package var maximumBodyBytes = 5 * 1024 * 1024

    /// Whether a body is read by the full JSON parser before its events are
    /// taken. The default is `true`. With `false` only strings and brackets are
    /// followed, which is several times faster and lets some bad JSON pass: for
    /// benchmarks.
    package var validatesEvents = true

    /// Whether the collector counts each messageId that it takes; see
    /// ``Collector/ledger``. The default is `false`: it keeps them all in memory.
    package var keepsLedger = false

    /// How many threads answer requests. With more than one, the callbacks are
    /// called at the same time. The default is 1.
    package var threads = 1

    /// How many connections may be open at once. The default is 1,000, below
    /// the usual limit of 1,024 descriptors. When a tenth of that is left the
    /// connection that has waited for the longest is closed for each new one.
    package var maximumConnections = 1_000

    /// After how long without traffic a connection is closed, in whole seconds.
    /// The default is one minute.
    package var idleTimeout: Duration = .seconds(60)

    /// How long a request may take to come whole. The default is 30 seconds. One that
    /// takes longer is given up, and its connection is closed.
    package var requestTimeout: Duration = .seconds(30)

    /// How many bytes of bodies that have not come whole are kept, of all connections
    /// together, and at least one body. The default is 64 MiB. Beyond that the request
    /// that has waited for the longest is given up.
    package var maximumBufferedBytes = 64 * 1024 * 1024

    /// Names, in lower case, that a request may have in its `Host` besides `localhost`,
    /// 127.0.0.0/8 and `[::1]`. The default is none: a web page could reach the collector
    /// under a name of its own. A request with an `Origin` is always refused.
    package var hosts: Set<String> = []

    /// Decides the answer to a request, for tests of a client's behaviour. The
    /// default, `nil`, accepts all.
    ///
    /// It is called on a thread of the collector, with the path and the number
    /// of the request from 1, once the body has arrived and before it is looked
    /// at. What it does not accept is not recorded.
    ///
    /// ```swift
    /// configuration.answer = { _, number in
    ///     number == 1 ? .status(503, headers: [("Retry-After", "1")], body: "") : .accept
    /// }
    /// ```
    package var answer: (@Sendable (_ path: String, _ requestNumber: Int) -> CollectorAnswer)?

    /// Whether a batch with this event is refused as a whole, with
    /// ``refusalStatus``, as servers do that do not name what they refuse. The
    /// default, `nil`, refuses none.
    ///
    /// It is called on a thread of the collector with the JSON text of each event
    /// until one is refused. Of a refused batch nothing is recorded.
    ///
    /// ```swift
    /// configuration.refuses = { String(decoding: $0, as: UTF8.self).contains(#""event":"Bad""#) }
    /// ```
    package var refuses: (@Sendable (_ event: ArraySlice<UInt8>) -> Bool)?

    /// The status of what ``refuses`` refuses. The default is 400.
    package var refusalStatus = 400

    /// The defaults.
    package init() {}
}
