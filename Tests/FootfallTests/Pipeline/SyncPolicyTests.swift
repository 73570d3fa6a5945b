// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

private let millisecond: Int64 = 1_000_000

@Suite struct SyncPolicyTests {
    private var policy = SyncPolicy()

    @Test mutating func waitsForNothingWhenNothingIsDirty() {
        #expect(policy.deadline == .max)
        policy.committed(events: 0, synced: false, at: 1_000)
        #expect(policy.deadline == .max)
    }

    @Test mutating func isDueFourSecondsAfterTheFirstDirtyCommit() {
        let begin = 1_000_000 * millisecond
        policy.committed(events: 1, synced: false, at: begin)
        policy.committed(events: 1, synced: false, at: begin + 3_000 * millisecond)
        #expect(policy.deadline == begin + 4_000 * millisecond)
        #expect(!policy.shouldSync(events: 1, at: begin + 3_999 * millisecond))
        #expect(policy.shouldSync(events: 1, at: begin + 4_000 * millisecond))
        #expect(policy.shouldSync(events: 0, at: begin + 4_000 * millisecond))
    }

    @Test mutating func isDueAfterFiftyEvents() {
        #expect(!policy.shouldSync(events: 49, at: 0))
        #expect(policy.shouldSync(events: 50, at: 0))
        policy.committed(events: 30, synced: false, at: 0)
        #expect(!policy.shouldSync(events: 19, at: 1))
        #expect(policy.shouldSync(events: 20, at: 1))
    }

    @Test mutating func comesAtMostEveryHalfSecond() {
        policy.committed(events: 100, synced: true, at: 0)
        #expect(policy.deadline == .max)
        #expect(!policy.shouldSync(events: 1_000, at: 499 * millisecond))
        #expect(policy.shouldSync(events: 1_000, at: 500 * millisecond))
    }

    @Test mutating func beginsAnewAfterACommitThatWaited() {
        policy.committed(events: 40, synced: false, at: 0)
        policy.committed(events: 10, synced: true, at: 10)
        #expect(policy.deadline == .max)
        #expect(!policy.shouldSync(events: 49, at: 1_000 * millisecond))
    }
}
