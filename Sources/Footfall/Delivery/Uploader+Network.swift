// SPDX-License-Identifier: MIT
import FootfallStore

// What may be sent now.
extension Uploader {
    func setNetworkUse(_ use: NetworkUse) {
        lock.withLock { inbox.networkUse = use }
        wake()
    }

    /// Why a lane must not use the network now; `nil` when it may.
    func refusal(_ lane: DestinationUploader) -> String? {
        guard lane.delivery.address != nil else { return nil }
        switch networkUse {
        case .open: return nil
        case .closed: return "the host closed the network"
        case .metered:
            let budget = budget()
            guard budget.bytes < Int64(runtime.configuration.monthlyBudget) else {
                return "the budget of \(runtime.configuration.monthlyBudget) bytes for \(budget.month) is used up"
            }
            return nil
        }
    }

    private func budget() -> NetworkBudget {
        // A store that cannot be read has no events to send, either.
        let text = try? runtime.gate.withStore { (store) throws(StoreError) in
            try store.keyValue.text(NetworkBudget.key)
        }
        return NetworkBudget(text ?? nil, at: time)
    }

    /// So many bytes went over a metered network.
    func spend(_ bytes: Int) {
        guard networkUse == .metered, bytes > 0 else { return }
        let now = time
        // Not counted is the lesser evil: the events are delivered.
        try? runtime.gate.withStore { (store) throws(StoreError) in
            try store.transaction { (_) throws(StoreError) in
                var budget = NetworkBudget(try store.keyValue.text(NetworkBudget.key), at: now)
                budget.add(bytes, at: now)
                try store.keyValue.set(NetworkBudget.key, budget.text)
            }
        }
    }

    /// The user wants nothing to be sent: what is under way is broken off.
    func breakOff() {
        lock.withLock { inbox.breaksOff = true }
        wake()
    }

    /// Gives up what is under way, and what servers said: it may quote what they were sent.
    func forgetAnswers() {
        giveUpRequests()
        for lane in lanes {
            lane.unsettled?.error = nil
            lane.machine.forgetError()
        }
    }

    /// Gives up what is under way and what was read ahead.
    func giveUpRequests() {
        for lane in lanes {
            lane.ahead = nil
            guard let tag = lane.inFlight?.tag else { continue }
            transport?.cancel(tag: tag)
            lane.inFlight = nil
        }
    }
}
