// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct NetworkPolicyTests {
    private func policy(_ use: NetworkUse) -> NetworkPolicy {
        var policy = NetworkPolicy(monthlyBudget: 5_000)
        policy.set(use)
        return policy
    }

    private func spent(_ bytes: Int) -> NetworkBudget {
        let time = Timestamp(milliseconds: 1_795_000_000_000)
        var budget = NetworkBudget(nil, at: time)
        budget.add(bytes, at: time)
        return budget
    }

    @Test func anOpenNetworkCostsNothing() {
        #expect(policy(.open).refusal { spent(1 << 40) } == nil)
        #expect(policy(.open).cost(ofBody: 100) == 0)
    }

    @Test func aClosedNetworkIsNotUsed() {
        #expect(policy(.closed).refusal { spent(0) } == "the host closed the network")
    }

    @Test func aMeteredNetworkIsUsedUntilItsBudgetIsSpent() {
        #expect(policy(.metered).refusal { spent(4_999) } == nil)
        let refusal = policy(.metered).refusal { spent(5_000) }
        #expect(refusal == "the budget of 5000 B for 2026-11 is used up")
        #expect(policy(.metered).cost(ofBody: 100) == 1_100, "its headers count")
    }
}
