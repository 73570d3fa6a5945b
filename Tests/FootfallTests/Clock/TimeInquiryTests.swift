// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

private let second: Int64 = 1_000_000_000

@Suite struct TimeInquiryTests {
    private static let date = Timestamp(milliseconds: 1_795_000_000_000)

    private func known(
        _ belief: TimeWitnesses.Belief = .nothing, isSynchronized: Bool = false, correction: Int64? = nil,
        at now: Int64 = 0
    ) -> TimeInquiry.Knowledge {
        TimeInquiry.Knowledge(
            bootID: "b", now: now, isSynchronized: isSynchronized, correction: correction, belief: belief, clocks: 1)
    }

    private func freeze(marks: Bool, next: String? = nil) -> TimeInquiry.Step {
        .freeze(TimeInquiry.Freezing(marks: marks, isContested: false, next: next))
    }

    @Test func asksNoServerWhileTheKernelKnowsTheTime() {
        var inquiry = TimeInquiry()
        #expect(inquiry.step(asking: ["a"], known(isSynchronized: true, correction: 5)) == .move(to: 5))
        #expect(inquiry.step(asking: ["a"], known(isSynchronized: true)) == freeze(marks: false))
        let finding = inquiry.heard(Self.date, from: "a", of: ["a"], known(isSynchronized: true))
        #expect(finding == TimeInquiry.Finding())
    }

    @Test func marksDoubtfulEventsOnceNoHostIsLeftToAsk() {
        var inquiry = TimeInquiry()
        #expect(inquiry.step(asking: [], known()) == freeze(marks: true))
        #expect(inquiry.step(asking: ["a"], known()) == freeze(marks: false, next: "a"))
        #expect(inquiry.asked("a", isOwn: true, .noTime, clocks: 1, at: 0) == false)
        #expect(inquiry.step(asking: ["a"], known()) == freeze(marks: true))
    }

    @Test func movesStoredEventsToTheTimeOfTheOnlyHost() {
        var inquiry = TimeInquiry()
        let finding = inquiry.heard(Self.date, from: "a", of: ["a"], known(at: 2 * second))
        #expect(finding.truth == Self.date.milliseconds - 2_000)
        #expect(finding.dispute == .over, "an earlier process may have stored one")
    }

    @Test func asksASecondHostThatMayContradictTheFirst() {
        var inquiry = TimeInquiry()
        let belief = TimeWitnesses.Belief.offset(0)
        _ = inquiry.heard(Self.date, from: "a", of: ["a", "b"], known(belief))
        #expect(inquiry.step(asking: ["a", "b"], known(belief)) == .ask("b"))
        let later = Timestamp(milliseconds: Self.date.milliseconds + 3_600_000)
        let finding = inquiry.heard(later, from: "b", of: ["a", "b"], known(belief))
        #expect(finding.truth == nil)
        guard case .began(let dispute) = finding.dispute else {
            Issue.record("no dispute is told")
            return
        }
        #expect(dispute.hosts == ["a", "b"])
        #expect(inquiry.heard(later, from: "b", of: ["a", "b"], known(belief)).dispute == .none, "it is told once")
    }

    @Test func failsAnAttemptWhoseOwnHostCannotBeReached() {
        var inquiry = TimeInquiry()
        for _ in 0..<5 {
            #expect(inquiry.asked("a", isOwn: true, .failure(wasConnected: false), clocks: 1, at: 0) == true)
        }
        #expect(inquiry.asked("b", isOwn: false, .failure(wasConnected: false), clocks: 1, at: 0) == false)
        #expect(inquiry.step(asking: ["b"], known()) == freeze(marks: false, next: "b"))
        #expect(inquiry.asked("b", isOwn: false, .failure(wasConnected: false), clocks: 1, at: 0) == false)
        #expect(inquiry.step(asking: ["b"], known()) == freeze(marks: true), "another host is asked twice at most")
    }
}
