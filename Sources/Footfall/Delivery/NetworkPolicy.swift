// SPDX-License-Identifier: MIT
import FootfallJSON
import FootfallStore

/// Decides whether the network may be used now. Pure: what was spent in this month comes in.
struct NetworkPolicy: Sendable {
    /// As the host said last.
    private(set) var use = NetworkUse.open
    /// Bytes that may be sent in a month while the network is metered.
    let monthlyBudget: Int

    /// The headers of a request and its TLS records, which libcurl does not count: a guess.
    private static let overhead = 1_000

    init(monthlyBudget: Int) { self.monthlyBudget = monthlyBudget }

    mutating func set(_ use: NetworkUse) { self.use = use }

    /// Why the network must not be used now; `nil` when it may be used.
    ///
    /// - Parameter spent: Asked only while the network is metered.
    func refusal(spent: () -> NetworkBudget) -> String? {
        switch use {
        case .open: return nil
        case .closed: return "the host closed the network"
        case .metered:
            let spent = spent()
            guard spent.bytes < Int64(monthlyBudget) else {
                return "the budget of \(readable(bytes: monthlyBudget)) for \(spent.month) is used up"
            }
            return nil
        }
    }

    /// The bytes that a request takes from the budget, whether it arrives or not: an attempt
    /// costs. 0 while the network is not metered.
    func cost(ofBody bytes: Int) -> Int { use == .metered ? bytes + Self.overhead : 0 }
}

extension NetworkBudget {
    /// What the store says was spent.
    static func read(_ store: SerializedStore, at time: Timestamp) -> NetworkBudget {
        // Without the store there are no events to send, either.
        let text = try? store.withStore { (store) throws(StoreError) in try store.keyValue.text(key) }
        return NetworkBudget(text ?? nil, at: time)
    }

    /// Adds what a request cost.
    static func add(_ bytes: Int, _ store: SerializedStore, at time: Timestamp) {
        guard bytes > 0 else { return }
        // An uncounted request does less harm than events that are not delivered.
        try? store.withStore { (store) throws(StoreError) in
            try store.transaction { (_) throws(StoreError) in
                var budget = NetworkBudget(try store.keyValue.text(key), at: time)
                budget.add(bytes, at: time)
                try store.keyValue.set(key, budget.text)
            }
        }
    }
}
