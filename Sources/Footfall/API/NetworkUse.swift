// SPDX-License-Identifier: MIT
import FootfallStore

/// What may be sent over the network that the device is on.
public enum NetworkUse: String, Sendable {
    /// Everything may be sent. The default.
    case open
    /// Each byte costs money: no request is begun once ``Configuration/monthlyBudget(_:)`` is used
    /// up in a calendar month.
    case metered
    /// Nothing may be sent: no request is made, and those under way are given up.
    case closed
}

extension Analytics {
    /// Says what may be sent over the network that the device is on now. Events are
    /// stored in any case.
    ///
    /// It holds for every request of this client, until it is called again or the client ends.
    /// Events that may not be sent stay queued, without an attempt being counted, and go when the
    /// network may be used. Destinations that make no requests, such as a file, are delivered to.
    ///
    /// The client delivers nothing before its start, which its first call or its first second
    /// brings. A plugin that was added before the start and closes the network in its
    /// ``Plugin/configure(analytics:)`` is in time, wherever it stands in the list.
    ///
    /// ```swift
    /// modem.onRoaming { analytics.setNetworkUse(.closed) }
    /// ```
    public func setNetworkUse(_ use: NetworkUse) { runtime.uploader.setNetworkUse(use) }
}

/// What was sent over a metered network in a month; kept in the store.
struct NetworkBudget: Equatable {
    static let key = "network.budget"
    /// As `2026-11`.
    private(set) var month: String
    private(set) var bytes: Int64

    /// Reads the text that the store has; text that cannot be read counts as 0 bytes.
    init(_ text: String?, at time: Timestamp) {
        let parts = (text ?? "").split(separator: " ")
        let now = Self.month(of: time)
        month = now
        bytes = parts.count == 2 && parts[0] == now ? max(Int64(parts[1]) ?? 0, 0) : 0
    }

    var text: String { "\(month) \(bytes)" }

    mutating func add(_ count: Int, at time: Timestamp) {
        let now = Self.month(of: time)
        if now != month { self = NetworkBudget(nil, at: time) }
        let (sum, overflow) = bytes.addingReportingOverflow(Int64(count))
        bytes = overflow ? .max : sum
    }

    static func month(of time: Timestamp) -> String { String(time.description.prefix(7)) }
}
