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
        return network.refusal { NetworkBudget.read(runtime.gate, at: time) }
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
