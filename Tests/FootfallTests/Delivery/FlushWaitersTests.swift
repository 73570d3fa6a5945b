// SPDX-License-Identifier: MIT
import FootfallJSON
import Testing

@testable import Footfall

@Suite struct FlushWaitersTests {
    private typealias Waiter = FlushWaiters.Waiter
    private typealias Turn = FlushWaiters.Turn

    private func waiter(_ deadline: Int64, events: [Int64]? = nil, latest: LatestReport? = nil) -> Waiter {
        Waiter(reply: Reply<FlushReport>(), deadline: deadline, events: events, latest: latest)
    }

    private func destination(_ id: Int64, restsUntil: Int64, queued: Int64 = 1) -> DestinationStanding {
        var standing = DestinationStanding(id: id, name: "d\(id)")
        standing.queued = queued
        standing.restsUntil = restsUntil
        standing.isAtRest = restsUntil == .max
        standing.problem = "no"
        return standing
    }

    /// The sums of destinations by their ids.
    private func sums(
        _ totals: [Int64: (delivered: Int64, dropped: Int64, deadLettered: Int64)], waiting: [Int64: Int64] = [:]
    ) -> DeliverySums {
        DeliverySums(
            totals: totals.mapValues {
                DeliverySums.Total(delivered: $0.delivered, dropped: $0.dropped, deadLettered: $0.deadLettered)
            }, waiting: waiting)
    }

    private func view(_ sums: DeliverySums = DeliverySums()) -> DeliveryView { DeliveryView(sums: sums) }

    /// The deadlines of the waiters that are left.
    private func deadlines(_ waiters: FlushWaiters) -> Int64 { waiters.nextLook(after: 0) }

    @Test func answersOnlyLateWaitersWhileEventsAreDelivered() {
        var waiters = FlushWaiters()
        #expect(deadlines(waiters) == .max)
        for deadline: Int64 in [30, 10, 20] { waiters.add(waiter(deadline), start: sums([0: (0, 0, 0)])) }
        #expect(deadlines(waiters) == 10)
        let busy = destination(0, restsUntil: .min)
        #expect(!waiters.needsStore(Turn(now: 9, destinations: [busy])))
        #expect(waiters.needsStore(Turn(now: 10, destinations: [busy])))
        #expect(waiters.answer(Turn(now: 20, destinations: [busy]), view()).count == 2)
        #expect(deadlines(waiters) == 30)
        let atRest = destination(0, restsUntil: .max)
        #expect(waiters.answer(Turn(now: 20, destinations: [atRest]), view()).count == 1, "nothing is left to wait for")
        #expect(waiters.isEmpty)
    }

    @Test func reportsWhatWasDeliveredSinceTheFlushBegan() {
        var waiters = FlushWaiters()
        waiters.add(waiter(1), start: sums([0: (100, 5, 2)], waiting: [0: 9]))
        waiters.add(waiter(2))
        let turn = Turn(now: 5, destinations: [destination(0, restsUntil: .max, queued: 2)])
        let reports = waiters.answer(turn, view(sums([0: (107, 6, 4)], waiting: [0: 2]))).map(\.report)
        #expect(reports.map(\.delivered) == [7, 0], "without sums at the start nothing is known")
        #expect(reports.map(\.dropped) == [1, 0])
        #expect(reports.map(\.deadLettered) == [2, 0])
        #expect(reports.allSatisfy { $0.queued == 2 && $0.isBlocked && $0.problems == ["d0: no"] })
    }

    @Test func reportsNoNegativeNumbersWhenADestinationWasRemovedMeanwhile() {
        var waiters = FlushWaiters()
        waiters.add(waiter(1), start: sums([0: (100, 5, 2)], waiting: [0: 9]))
        let report = waiters.answer(Turn(now: 1), view()).first?.report
        #expect(report?.delivered == 0 && report?.dropped == 0 && report?.deadLettered == 0)
    }

    /// The report of a waiter that looks at these sums, one after the other, and is answered with the last.
    private func reported(start: DeliverySums?, _ looks: DeliverySums...) -> FlushReport? {
        var waiters = FlushWaiters()
        waiters.add(waiter(Int64(looks.count), latest: LatestReport()), start: start)
        var report: FlushReport?
        for (index, look) in looks.enumerated() {
            let turn = Turn(now: Int64(index) + 1, destinations: [destination(0, restsUntil: .min)])
            report = waiters.answer(turn, view(look)).first?.report
        }
        return report
    }

    @Test func keepsWhatADestinationDeliveredBeforeItWasRemoved() {
        let start = sums([0: (100, 5, 2), 1: (1_000, 0, 0)])
        let report = reported(start: start, sums([0: (107, 6, 2), 1: (1_001, 0, 0)]), sums([1: (1_003, 0, 0)]))
        #expect(report?.delivered == 10 && report?.dropped == 1 && report?.deadLettered == 0)
    }

    @Test func countsADestinationThatIsAddedMeanwhileFromItsFirstLook() {
        let start = sums([0: (100, 0, 0)])
        let report = reported(
            start: start, sums([0: (101, 0, 0), 1: (5_000, 70, 8)]), sums([0: (102, 0, 0), 1: (5_004, 71, 8)]))
        #expect(report?.delivered == 6 && report?.dropped == 1 && report?.deadLettered == 0)
        #expect(reported(start: nil, sums([0: (9, 9, 9)]), sums([0: (12, 9, 9)]))?.delivered == 3)
    }

    @Test func subtractsNothingForARowThatIsMadeAnew() {
        let start = sums([0: (100, 5, 2), 1: (50, 0, 0)])
        for id: Int64 in [0, 2] {
            let report = reported(
                start: start, sums([id: (0, 0, 0), 1: (53, 0, 0)]), sums([id: (4, 0, 1), 1: (55, 1, 0)]))
            #expect(report?.delivered == 9 && report?.dropped == 1 && report?.deadLettered == 1, "\(id)")
        }
    }

    @Test func countsWhatIsDeliveredWhileDeadLettersAreTriedAgain() {
        let report = reported(start: sums([0: (100, 5, 3)]), sums([0: (107, 5, 0)]), sums([0: (110, 6, 1)]))
        #expect(report?.delivered == 10 && report?.dropped == 1 && report?.deadLettered == 1)
    }

    @Test func looksAtTheSumsOfADestinationAsSoonAsItIsAdded() {
        var waiters = FlushWaiters()
        waiters.add(waiter(30), start: sums([0: (100, 0, 0)]))
        var turn = Turn(now: 1, destinations: [destination(0, restsUntil: .min)])
        #expect(!waiters.needsStore(turn))
        turn.destinations.append(destination(1, restsUntil: .min))
        #expect(waiters.needsStore(turn))
        #expect(waiters.answer(turn, view(sums([0: (100, 0, 0), 1: (7, 0, 0)]))).isEmpty)
        #expect(!waiters.needsStore(turn), "it was looked at")
        turn.now = 30
        #expect(waiters.answer(turn, view(sums([0: (101, 0, 0), 1: (9, 0, 0)]))).first?.report.delivered == 3)
    }

    @Test func answersAtOnceWhenTheNextAttemptComesAfterTheEndOfTheWait() {
        for (restsUntil, deadline, isAnswered): (Int64, Int64, Bool) in [
            (.min, 30, false), (29, 30, false), (30, 30, true), (120, 30, true), (.max, 30, true), (120, .max, false),
        ] {
            var waiters = FlushWaiters()
            waiters.add(waiter(deadline))
            let turn = Turn(now: 1, destinations: [destination(0, restsUntil: restsUntil)])
            let answers = waiters.answer(turn, view(DeliverySums(waiting: [0: 1])))
            #expect(answers.count == (isAnswered ? 1 : 0), "\(restsUntil) \(deadline)")
        }
    }

    @Test func waitsForTheDestinationThatIsStillTried() {
        var waiters = FlushWaiters()
        waiters.add(waiter(30))
        var turn = Turn(now: 1, destinations: [destination(0, restsUntil: 900), destination(1, restsUntil: .min)])
        #expect(waiters.answer(turn, view()).isEmpty)
        turn.destinations[1] = destination(1, restsUntil: 40)
        #expect(waiters.answer(turn, view()).count == 1)
    }

    @Test func saysTheEarliestTimeOfTheNextAttempt() {
        var (one, two) = (destination(0, restsUntil: 90_000_000_000), destination(1, restsUntil: 60_500_000_000))
        let wall = Timestamp(milliseconds: 1_000_000)
        one.expect(90_000_000_000, now: 0, wall: wall)
        two.expect(60_500_000_000, now: 0, wall: wall)
        var waiters = FlushWaiters()
        waiters.add(waiter(1))
        let report = waiters.answer(
            Turn(now: 0, destinations: [one, two]), view(DeliverySums(waiting: [0: 1, 1: 1]))
        ).first?.report
        #expect(report?.nextAttempt == Timestamp(milliseconds: 1_060_500))
        #expect(
            report?.problems == [
                "d0: no; next attempt at 1970-01-01T00:18:10.000Z (in 90 s)",
                "d1: no; next attempt at 1970-01-01T00:17:40.500Z (in 61 s)",
            ])
        #expect(report?.isBlocked == false)
    }

    @Test func saysNoTimeWhileAnotherDestinationIsTriedNow() {
        var later = destination(0, restsUntil: 3_600_000_000_000)
        later.expect(3_600_000_000_000, now: 0, wall: Timestamp(milliseconds: 0))
        let inAnHour = Timestamp(milliseconds: 3_600_000)
        let (busy, blocked) = (destination(1, restsUntil: .min), destination(1, restsUntil: .max))
        for (other, waiting, expected): (DestinationStanding, [Int64: Int64], Timestamp?) in [
            (busy, [0: 1, 1: 1], nil), (busy, [0: 1], inAnHour), (blocked, [0: 1, 1: 1], inAnHour),
        ] {
            var waiters = FlushWaiters()
            waiters.add(waiter(1))
            let turn = Turn(now: 1, destinations: [later, other])
            let report = waiters.answer(turn, view(DeliverySums(waiting: waiting))).first?.report
            #expect(report?.nextAttempt == expected, "\(other.isAtRest) \(waiting)")
        }
    }

    @Test func answersACallerWhenItsOwnEventIsSettled() {
        var waiters = FlushWaiters()
        waiters.add(waiter(30, events: [7]))
        // Both destinations have a backlog, and the event waits for the second only.
        let turn = Turn(now: 1, destinations: [destination(0, restsUntil: .min), destination(1, restsUntil: .min)])
        var own = view(DeliverySums(waiting: [0: 500, 1: 500]))
        own.awaited[[7]] = AwaitedEvents(waiting: [1: 1])
        #expect(waiters.answer(turn, own).isEmpty)
        own.awaited[[7]] = AwaitedEvents(
            refusals: [FlushReport.Refusal(destination: "d1", reason: "no plan")])
        let report = waiters.answer(turn, own).first?.report
        #expect(report?.queued == 0 && report?.isDelivered == true, "the backlog does not matter")
        #expect(report?.refusals.map(\.reason) == ["no plan"])
    }

    @Test func aCallerOfItsOwnEventWaitsForNoOtherDestination() {
        var waiters = FlushWaiters()
        waiters.add(waiter(30, events: [7]))
        let turn = Turn(now: 1, destinations: [destination(0, restsUntil: .min), destination(1, restsUntil: 900)])
        var own = view(DeliverySums(waiting: [0: 500, 1: 1]))
        own.awaited[[7]] = AwaitedEvents(waiting: [1: 1])
        let report = waiters.answer(turn, own).first?.report
        #expect(report?.queued == 1)
        #expect(report?.problems == ["d1: no"])
    }

    @Test func namesWhatWaitsForDestinationsThatTheClientDoesNotHave() {
        var waiters = FlushWaiters()
        waiters.add(waiter(30))
        let backlog = FlushReport.Backlog(destination: "old", queued: 12)
        let turn = Turn(now: 1, destinations: [destination(0, restsUntil: .max, queued: 0)])
        let report = waiters.answer(turn, view(DeliverySums(elsewhere: [backlog]))).first?.report
        #expect(report?.queuedElsewhere == [backlog])
        #expect(report?.isDelivered == true)
    }

    @Test func saysThatThereIsNoDestinationOrNoneWithARowYet() {
        for (unregistered, problem) in [
            ([], "no destination is configured"), (["new"], "new: it has no place in the store yet"),
        ] {
            var waiters = FlushWaiters()
            waiters.add(waiter(30))
            let report = waiters.answer(
                Turn(now: 1, unregistered: unregistered), view(DeliverySums(unclaimed: 3))
            ).first?.report
            #expect(report?.problems == [problem])
            #expect(report?.queued == 3 && report?.isDelivered == false)
        }
    }

    @Test func showsACallerThatWatchesHowFarItIs() {
        let latest = LatestReport()
        var waiters = FlushWaiters()
        waiters.add(waiter(30_000_000_000, latest: latest), start: sums([0: (0, 0, 0)], waiting: [0: 3]))
        #expect(waiters.nextLook(after: 5) == 1_000_000_005, "the time until the next attempt is shown, too")
        let turn = Turn(now: 1, destinations: [destination(0, restsUntil: .min)])
        #expect(waiters.answer(turn, view(sums([0: (2, 0, 0)], waiting: [0: 1]))).isEmpty)
        #expect(latest.current?.delivered == 2 && latest.current?.queued == 1)
    }

    @Test func answersOnlyLateWaitersWhileTheStoreCannotBeRead() {
        var waiters = FlushWaiters()
        for deadline: Int64 in [10, 20] { waiters.add(waiter(deadline)) }
        let turn = Turn(now: 10, destinations: [destination(0, restsUntil: .max)])
        #expect(waiters.answer(turn, nil).map(\.report.problems) == [["the store cannot be read now"]])
        #expect(waiters.answer(Turn(now: 10, isEnding: true), nil).count == 1)
    }
}
