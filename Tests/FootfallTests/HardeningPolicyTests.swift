// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

private let millisecond: Int64 = 1_000_000

@Suite struct HardeningPolicyTests {
    private var policy = HardeningPolicy()

    @Test mutating func waitsForNothingWhenNothingIsDirty() {
        #expect(policy.deadline == .max)
        policy.committed(events: 0, hardened: false, at: 1_000)
        #expect(policy.deadline == .max)
    }

    @Test mutating func isDueFourSecondsAfterTheFirstDirtyCommit() {
        let begin = 1_000_000 * millisecond
        policy.committed(events: 1, hardened: false, at: begin)
        policy.committed(events: 1, hardened: false, at: begin + 3_000 * millisecond)
        #expect(policy.deadline == begin + 4_000 * millisecond)
        #expect(!policy.shouldHarden(events: 1, at: begin + 3_999 * millisecond))
        #expect(policy.shouldHarden(events: 1, at: begin + 4_000 * millisecond))
        #expect(policy.shouldHarden(events: 0, at: begin + 4_000 * millisecond))
    }

    @Test mutating func isDueAfterFiftyEvents() {
        #expect(!policy.shouldHarden(events: 49, at: 0))
        #expect(policy.shouldHarden(events: 50, at: 0))
        policy.committed(events: 30, hardened: false, at: 0)
        #expect(!policy.shouldHarden(events: 19, at: 1))
        #expect(policy.shouldHarden(events: 20, at: 1))
    }

    @Test mutating func comesAtMostEveryHalfSecond() {
        policy.committed(events: 100, hardened: true, at: 0)
        #expect(policy.deadline == .max)
        #expect(!policy.shouldHarden(events: 1_000, at: 499 * millisecond))
        #expect(policy.shouldHarden(events: 1_000, at: 500 * millisecond))
    }

    @Test mutating func beginsAnewAfterACommitThatWaited() {
        policy.committed(events: 40, hardened: false, at: 0)
        policy.committed(events: 10, hardened: true, at: 10)
        #expect(policy.deadline == .max)
        #expect(!policy.shouldHarden(events: 49, at: 1_000 * millisecond))
    }
}
