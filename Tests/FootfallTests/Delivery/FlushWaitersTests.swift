// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct FlushWaitersTests {
    private func waiter(_ deadline: Int64) -> FlushWaiters.Waiter {
        FlushWaiters.Waiter(reply: Reply<FlushReport>(), deadline: deadline)
    }

    @Test func answersOnlyLateWaitersWhileEventsAreDelivered() {
        var waiters = FlushWaiters()
        #expect(waiters.deadline == .max)
        for deadline: Int64 in [30, 10, 20] { waiters.add(waiter(deadline)) }
        #expect(waiters.deadline == 10)
        #expect(!waiters.isAnswerDue(.time, at: 9))
        #expect(waiters.isAnswerDue(.time, at: 10))
        #expect(waiters.removeDue(.time, at: 20).map(\.deadline) == [10, 20])
        #expect(waiters.deadline == 30)
        #expect(waiters.removeDue(.rest, at: 20).count == 1, "nothing is left to wait for")
        #expect(waiters.isEmpty)
    }

    @Test func reportsWhatWasDeliveredSinceTheFlushBegan() {
        var waiters = FlushWaiters()
        waiters.add(waiter(1), start: DeliverySums(delivered: 100, queued: 9, lost: 5))
        waiters.add(waiter(2))
        let sums = DeliverySums(delivered: 107, queued: 2, lost: 6)
        let reports = waiters.removeDue(.end, at: 0).map { $0.report(sums, isBlocked: true, problems: ["x"]) }
        #expect(reports.map(\.delivered) == [7, 0], "without sums at the start nothing is known")
        #expect(reports.map(\.dropped) == [1, 0])
        #expect(reports.allSatisfy { $0.queued == 2 && $0.isBlocked && $0.problems == ["x"] })
    }
}
