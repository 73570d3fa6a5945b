// SPDX-License-Identifier: MIT
import FootfallStore

/// What the host lets be sent over the network it is on.
public enum NetworkUse: String, Sendable {
    /// Everything. The default.
    case open
    /// Each byte costs: at most the configuration's `monthlyBudget` in a month.
    case metered
    /// Nothing.
    case closed
}

extension Analytics {
    /// Says what may be sent over the network the device is on now. Events are
    /// stored all the same. From any thread.
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

    /// From the store; what cannot be read counts as nothing.
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
