// SPDX-License-Identifier: MIT

/// What a ``Collector`` has counted since it started.
///
/// A request is counted before it is answered, so a client that has the answer
/// finds its request here.
package struct CollectorStatistics: Sendable, Equatable {
    /// Requests of every kind, answered or not.
    package var requests = 0
    /// Events taken.
    package var events = 0
    /// Bytes of the bodies as they came over the wire, without headers.
    package var bytesReceived = 0
    /// Bytes of the bodies that were read, after inflating; a plain body counts
    /// as it is.
    package var bytesInflated = 0
    /// Requests that were not answered with success.
    package var rejected = 0
}
