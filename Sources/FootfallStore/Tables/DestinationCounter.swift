// SPDX-License-Identifier: MIT

/// What the store keeps of the attempts of a destination, as counters called `NAME/FIELD`.
///
/// Each is written in the transaction that settles an attempt, so it costs nothing per event. An earlier
/// version ignores them.
package enum DestinationCounter: String, CaseIterable, Sendable {
    /// When the destination took an event, in milliseconds since 1970.
    case lastSuccess
    /// When an attempt ended, in milliseconds since 1970.
    case lastAttempt
    /// The HTTP status of the last answer; 0 when the last request got none.
    case lastStatus
    /// Requests that succeeded.
    case successes = "requests.success"
    /// Requests that failed.
    case failures = "requests.failure"
    /// Bytes of the bodies of all requests, after compression.
    case sentBytes

    /// The counter's name. No other counter has a slash, and no field has one, so the names of destinations
    /// may have any.
    package func name(of destination: String) -> String { "\(destination)/\(rawValue)" }
}

extension CounterTable {
    /// Removes the counters of a destination that is removed.
    package func removeDestination(_ name: String) throws(StoreError) {
        for counter in DestinationCounter.allCases { try remove(counter.name(of: name)) }
    }
}
