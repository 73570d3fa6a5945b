// SPDX-License-Identifier: MIT
import FootfallJSON

/// The events of one request, as they were received.
///
/// ```swift
/// let collector = try Collector(configuration) { batch in
///     for index in 0..<batch.count { print(batch.text(at: index)) }
/// }
/// ```
package struct CollectedBatch: Sendable {
    /// The path of the request, without its query.
    package var path: String
    /// The endpoint that the path leads to.
    package var endpoint: CollectorEndpoint
    /// The number of the request; the first is 1.
    package var requestNumber: Int
    /// The `sentAt` of the batch or of the single event; `nil` when it is missing or not a string.
    package var sentAt: String?
    /// The write key: that of the body, otherwise that of the `Authorization: Basic` header.
    package var writeKey: String?
    /// The size of the body on the wire, in bytes.
    package var wireBytes: Int
    /// The size of the body after inflating, in bytes.
    package var inflatedBytes: Int
    /// Whether the body was gzipped.
    package var isGzip: Bool
    /// The events as NDJSON, as they are appended to the output file.
    package var lines: [UInt8]
    /// Where each event is in ``lines``, without its newline.
    package var ranges: [Range<Int>]

    /// The number of events.
    package var count: Int { ranges.count }

    /// The bytes of one event as received, except that newlines between its tokens have
    /// become spaces.
    package subscript(index: Int) -> ArraySlice<UInt8> { lines[ranges[index]] }

    /// One event as text.
    package func text(at index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

    /// One event as a value, parsed at each call.
    ///
    /// - Throws: ``JSONError``, only when ``CollectorConfiguration/validatesEvents`` is off.
    package func json(at index: Int) throws(JSONError) -> JSON { try JSONParser.parse(text(at: index)) }

    /// All events as values, parsed at each call.
    package func events() throws(JSONError) -> [JSON] {
        var events: [JSON] = []
        events.reserveCapacity(count)
        for index in 0..<count { events.append(try json(at: index)) }
        return events
    }
}
