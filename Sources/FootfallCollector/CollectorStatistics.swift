// SPDX-License-Identifier: MIT

/// The counters of a ``Collector`` since it started.
///
/// A request is counted before it is answered, so it is included here once the client has
/// the answer.
package struct CollectorStatistics: Sendable, Equatable {
    /// All requests, answered or not.
    package var requests = 0
    /// Events that were recorded.
    package var events = 0
    /// Bytes of the bodies on the wire, without headers.
    package var bytesReceived = 0
    /// Bytes of the recorded bodies after inflating. A body without gzip counts with its size
    /// on the wire.
    package var bytesInflated = 0
    /// Requests that were not answered with success.
    package var rejected = 0
}
