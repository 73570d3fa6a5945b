// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

private let second: Int64 = 1_000_000_000

/// Drives the machine as an uploader would, without a store, a socket or a clock.
@Suite struct DestinationMachineTests {
    private typealias Machine = DestinationMachine

    /// A machine that drains, with a batch under way.
    private func attempting(_ ids: [Int64] = [1, 2]) -> MachineDriver {
        var driver = MachineDriver(queued: Int64(ids.count))
        driver.handle(.flushWanted)
        driver.attempt(ids)
        return driver
    }

    // MARK: - When it drains

    @Test func drainsAtItsCountExactly() {
        for (queued, drains) in [(Int64(0), false), (1, false), (19, false), (20, true), (21, true)] {
            var driver = MachineDriver(queued: queued, now: 5)
            driver.turn()
            #expect(driver.machine.isDraining == drains, "\(queued)")
            if !drains { #expect(driver.machine.deadline == .max) }
        }
    }

    @Test func drainsWhenTheOldestEventWaitedForTheInterval() {
        var driver = MachineDriver(interval: 30, now: 100)
        driver.turn()
        #expect(driver.machine.deadline == .max)
        driver.handle(.queued(1))
        driver.now = 200
        driver.turn()
        #expect(driver.machine.deadline == 230)
        driver.handle(.queued(5))
        driver.now = 229
        driver.turn()
        #expect(!driver.machine.isDraining, "the oldest counts")
        driver.now = 230
        driver.turn()
        #expect(driver.machine.isDraining)
    }

    @Test func drainsOnlyForAWaitingCallWhereNothingIsDeliveredByItself() {
        var driver = MachineDriver(queued: 100, interval: 30, isAutomatic: false)
        #expect(driver.turn() == [])
        #expect(driver.machine.deadline == .max)
        #expect(driver.turn(isWaitedFor: true) == [.checkErasure])
    }

    // MARK: - The way of a batch

    @Test func asksForEachStepInOrderAndTriesTheBatch() {
        var driver = MachineDriver(queued: 20)
        #expect(driver.turn() == [.checkErasure])
        #expect(driver.handle(.erasure(isDue: false)) == [.acquireLock])
        #expect(driver.handle(.lockWon(nil)) == [.checkNetwork])
        #expect(driver.handle(.network(refusal: nil)) == [.checkConsent])
        #expect(driver.handle(.consent(isWithdrawn: false)) == [.readBatch(after: 0, limit: nil)])
        #expect(driver.handle(.batchRead(ids: [4, 5])) == [.prepareBatch])
        #expect(driver.handle(.batchReady(tag: 9)) == [.beginAttempt(retryCount: 0, tag: 9)])
        #expect(driver.machine.request == Machine.Request(ids: [4, 5], tag: 9))
        #expect(driver.machine.deadline == .max, "the answer wakes it")
        let result = Machine.AttemptResult(events: .delivered(deadLetters: []))
        #expect(driver.handle(.finished(.accepted)) == [.record(result)])
        #expect(driver.machine.request == nil)
        #expect(driver.handle(.recorded(queued: 18)) == [])
        #expect(driver.machine.queued == 18)
        #expect(driver.machine.deadline == .min, "the next batch is tried at once")
    }

    @Test func restsWhenNothingIsLeft() {
        var driver = MachineDriver(queued: 20)
        driver.turn()
        driver.handle(.erasure(isDue: false))
        driver.handle(.lockIsHeld)
        driver.handle(.network(refusal: nil))
        driver.handle(.consent(isWithdrawn: false))
        #expect(driver.handle(.nothingToRead(queued: 0)) == [])
        #expect(driver.machine.isAtRest)
        #expect(driver.machine.deadline == .max)
        #expect(driver.turn() == [])
    }

    @Test func recordsWhyABatchFailedAndReportsIt() {
        var driver = attempting()
        let result = Machine.AttemptResult(events: .keep, error: "503")
        #expect(
            driver.handle(.finished(.retry("503", after: nil)))
                == [.record(result), .reportFailure(events: 2, "503")])
        driver.handle(.recorded(queued: 2))
        #expect(driver.machine.deadline >= second, "it waits")
        #expect(driver.machine.problem(holder: { nil }) == "503")
    }

    @Test func asksAHostForTheTimeBeforeTheBatchIsTried() {
        var driver = MachineDriver(queued: 20)
        driver.read()
        #expect(driver.handle(.timeNeeded(host: "a", tag: 3)) == [.askForTime("a", tag: 3)])
        #expect(driver.machine.request?.timeHost == "a")
        #expect(driver.handle(.timeHeard) == [.forgetBatch])
        #expect(driver.machine.request == nil)
        #expect(driver.turn() == [.checkErasure], "the batch is read again")
    }

    // MARK: - Reading ahead

    @Test func usesTheBatchThatWasReadAheadOnceTheOneBeforeIsAccepted() {
        var driver = attempting()
        #expect(driver.turn() == [.readAhead(after: 2)])
        driver.handle(.readAhead(isFound: true))
        #expect(driver.turn() == [], "one batch ahead at most")
        driver.handle(.finished(.accepted))
        driver.handle(.recorded(queued: 2))
        #expect(driver.turn() == [.checkErasure])
        driver.handle(.erasure(isDue: false))
        driver.handle(.lockIsHeld)
        driver.handle(.network(refusal: nil))
        #expect(driver.handle(.consent(isWithdrawn: false)) == [.useReadAhead])
    }

    @Test func dropsTheBatchThatWasReadAheadWhenTheOneBeforeIsNotAccepted() {
        let outcomes: [DeliveryOutcome] = [.refused("bad"), .retry("503", after: nil), .blocked("403")]
        for outcome in outcomes {
            var driver = attempting()
            driver.turn()
            driver.handle(.readAhead(isFound: true))
            #expect(driver.handle(.finished(outcome)).first == .dropReadAhead, "\(outcome)")
        }
    }

    // MARK: - Results that the store did not take

    @Test func triesNothingBeforeTheResultIsInTheStore() {
        var driver = attempting()
        driver.handle(.finished(.accepted))
        driver.handle(.notRecorded(isBusy: false))
        driver.handle(.flushWanted)
        driver.handle(.networkUseChanged)
        driver.handle(.clockIsKnown)
        #expect(driver.turn() == [], "the store has a second")
        #expect(!driver.machine.isAtRest)
        #expect(driver.machine.deadline == second)
        driver.now = second
        let result = Machine.AttemptResult(events: .delivered(deadLetters: []))
        #expect(driver.turn() == [.record(result)])
        #expect(driver.handle(.recorded(queued: 3)) == [.checkErasure], "the turn goes on")
    }

    @Test func storesAResultAgainAtOnceAfterTheStoreWasBusy() {
        var driver = attempting()
        driver.now = 7
        driver.handle(.finished(.accepted))
        driver.handle(.notRecorded(isBusy: true))
        #expect(driver.machine.deadline == 7)
        #expect(driver.turn() == [.record(Machine.AttemptResult(events: .delivered(deadLetters: [])))])
    }

    @Test func storesNoAnswerThatQuotesAForgottenUser() {
        var driver = attempting()
        driver.handle(.finished(.blocked("no user ann")))
        driver.handle(.notRecorded(isBusy: true))
        driver.handle(.answersForgotten)
        #expect(driver.turn() == [.record(Machine.AttemptResult(events: .keep))])
        #expect(driver.machine.retries.lastError == nil)
    }

    // MARK: - Flushes

    @Test func triesAgainWhateverTheOutcomeWhenAFlushCameMeanwhile() {
        let outcomes: [DeliveryOutcome] = [.accepted, .refused("bad"), .retry("503", after: nil), .blocked("403")]
        for outcome in outcomes {
            var driver = attempting()
            driver.handle(.flushWanted)
            driver.handle(.finished(outcome))
            driver.handle(.recorded(queued: 2))
            #expect(driver.turn() == [.checkErasure], "\(outcome)")
        }
    }

    @Test func keepsATimeThatTheServerNamedDuringAFlush() {
        var driver = attempting()
        driver.handle(.finished(.retry("429", after: .seconds(60))))
        driver.handle(.recorded(queued: 2))
        driver.handle(.flushWanted)
        #expect(driver.turn() == [])
        #expect(driver.machine.deadline >= 60 * second)
    }

    // MARK: - When a flush has no reason to wait

    @Test func restsUntilItsNextAttemptAfterAFailure() {
        var driver = attempting()
        #expect(driver.machine.restsUntil == .min, "a request is under way")
        driver.handle(.finished(.retry("503", after: nil)))
        #expect(driver.machine.restsUntil == .min, "its result is not stored yet")
        driver.handle(.recorded(queued: 2))
        let next = driver.machine.retries.until
        #expect(next >= second && next <= 75 * second)
        #expect(driver.machine.restsUntil == next)
        #expect(driver.machine.nextAttempt(at: 0) == next)
        #expect(driver.machine.nextAttempt(at: next) == nil)
        driver.handle(.flushWanted)
        #expect(driver.machine.restsUntil == .min, "a flush tries at once")
    }

    @Test func restsUntilTheTimeThatAServerNamedAlsoDuringAFlush() {
        var driver = attempting()
        driver.handle(.finished(.retry("429", after: .seconds(120))))
        driver.handle(.recorded(queued: 2))
        driver.handle(.flushWanted)
        #expect(driver.machine.restsUntil >= 120 * second)
        driver.handle(.queued(0))
        #expect(driver.machine.restsUntil == .max, "nothing is left")
        #expect(driver.machine.nextAttempt(at: 0) == nil)
    }

    @Test func restsForEverWhileItIsBlocked() {
        var driver = attempting()
        driver.handle(.finished(.blocked("401")))
        driver.handle(.recorded(queued: 2))
        #expect(driver.machine.restsUntil == .max)
        #expect(driver.machine.nextAttempt(at: 0) == 3_600 * second)
    }

    @Test func restsWithTheProcessThatDeliversOnceThatHasTriedAndFailed() {
        func waiting(_ failures: Int, isDemanded: Bool = false) -> RetryStateMachine {
            RetryStateMachine(
                restoring: "waiting", until: 50 * second, isDemanded: isDemanded, failures: failures, lastError: "503")
        }
        var driver = MachineDriver(queued: 5)
        func look(_ retries: RetryStateMachine) {
            driver.turn(isWaitedFor: true)
            driver.handle(.erasure(isDue: false))
            driver.handle(.lockIsHeldElsewhere(queued: 5, retries: retries))
            driver.now = driver.machine.deadline
        }
        driver.handle(.flushWanted)
        look(waiting(3))
        #expect(driver.machine.restsUntil == .min, "it failed before it was asked")
        look(waiting(3))
        #expect(driver.machine.restsUntil == .min)
        look(waiting(4))
        #expect(driver.machine.restsUntil == 50 * second)
        #expect(driver.machine.problem(holder: { "17" }) == "process 17 delivers for it: 503")
        look(RetryStateMachine())
        #expect(driver.machine.restsUntil == .min, "it delivers again")
        look(waiting(1, isDemanded: true))
        #expect(driver.machine.restsUntil == 50 * second, "the server named the time")
        driver.handle(.waiterCame)
        #expect(driver.machine.restsUntil == .min, "another call asks again")
    }

    // MARK: - Pauses

    @Test func pausesWhileAnErasureIsDue() {
        var driver = MachineDriver(queued: 20)
        driver.turn()
        #expect(driver.handle(.erasure(isDue: true)) == [])
        #expect(driver.turn() == [])
        driver.now = driver.machine.deadline
        #expect(driver.now == second / 20)
        #expect(driver.turn() == [.checkErasure])
    }

    @Test func pausesWhileTheNetworkIsRefusedUntilTheHostSaysMore() {
        var driver = MachineDriver(queued: 20)
        driver.turn()
        driver.handle(.erasure(isDue: false))
        driver.handle(.lockIsHeld)
        #expect(driver.handle(.network(refusal: "closed")) == [])
        #expect(driver.machine.isAtRest, "a flush does not wait for it")
        #expect(driver.machine.problem(holder: { nil }) == "closed")
        #expect(driver.machine.deadline == 60 * second)
        driver.handle(.networkUseChanged)
        #expect(driver.turn() == [.checkErasure])
    }

    @Test func keepsABatchWhoseRequestTheNetworkDoesNotTake() {
        var driver = attempting()
        #expect(driver.handle(.network(refusal: "closed")) == [.forgetBatch])
        #expect(driver.machine.request == nil)
        #expect(driver.machine.isAtRest, "a flush does not wait for it")
        #expect(driver.machine.problem(holder: { nil }) == "closed")
        #expect(driver.machine.deadline == 60 * second)
        driver.handle(.networkUseChanged)
        driver.finishTurn()
        #expect(driver.handle(.batchReady(tag: 9)) == [.beginAttempt(retryCount: 0, tag: 9)], "it was no attempt")
    }

    @Test func pausesWhileStoredEventsAreMovedInTime() {
        var driver = attempting()
        driver.turn()
        driver.handle(.readAhead(isFound: true))
        #expect(driver.handle(.clockIsCorrected) == [.dropReadAhead], "its times are wrong")
        driver.handle(.finished(.accepted))
        driver.handle(.recorded(queued: 2))
        #expect(driver.turn() == [])
        #expect(driver.machine.deadline == 60 * second)
        driver.handle(.clockIsNotKnown)
        #expect(driver.machine.deadline == second)
        driver.handle(.clockIsKnown)
        #expect(driver.turn() == [.checkErasure])
    }

    @Test func hasWrongTimesCorrectedBeforeTheBatchIsTried() {
        var driver = MachineDriver(queued: 20)
        driver.read()
        #expect(driver.handle(.batchTimesAreWrong) == [.forgetBatch, .correctStoredTimes])
        #expect(driver.turn() == [])
    }

    @Test func pausesWhenTheStoreCannotBeRead() {
        var driver = MachineDriver(queued: 20)
        driver.read()
        #expect(driver.handle(.storeFailed) == [.forgetBatch])
        #expect(driver.turn() == [])
        #expect(driver.machine.deadline == second)
    }

    // MARK: - Another process delivers

    @Test func looksForTheLockAtGrowingIntervals() {
        var driver = MachineDriver(queued: 20)
        var waits: [Int64] = []
        for _ in 0..<8 {
            #expect(driver.turn() == [.checkErasure])
            driver.handle(.erasure(isDue: false))
            #expect(driver.handle(.lockIsHeldElsewhere(queued: 20)) == [])
            waits.append((driver.machine.deadline - driver.now) / (second / 2))
            driver.now = driver.machine.deadline
        }
        #expect(waits == [2, 4, 8, 16, 32, 60, 60, 60])
        driver.turn()
        driver.handle(.erasure(isDue: false))
        driver.handle(.lockIsHeldElsewhere(queued: 20))
        driver.handle(.holderMayHaveEnded)
        #expect(driver.machine.deadline == .min)
    }

    @Test func asksTheOtherProcessOnceForEachWaitingCall() {
        var driver = MachineDriver(queued: 5)
        func look() -> [Machine.Action] {
            #expect(driver.turn(isWaitedFor: true) == [.checkErasure])
            driver.handle(.erasure(isDue: false))
            return driver.handle(.lockIsHeldElsewhere(queued: 5))
        }
        driver.handle(.flushWanted)
        #expect(look() == [.askHolder])
        #expect(driver.machine.deadline == second / 20, "it looks often while a call waits")
        #expect(look() == [])
        driver.now = 2 * second
        #expect(!driver.machine.isUnanswered(at: driver.now))
        driver.now += 1
        #expect(driver.machine.isUnanswered(at: driver.now), "nothing was delivered for two seconds")
        #expect(driver.machine.problem(holder: { "17" }) == "process 17 delivers for it and does not answer")
        driver.handle(.queued(4))
        #expect(!driver.machine.isUnanswered(at: driver.now), "it delivers")
        driver.handle(.waiterCame)
        #expect(look() == [.askHolder])
    }

    @Test func reportsALockThatCannotBeUsedOnce() {
        var driver = MachineDriver(queued: 20)
        let problem = StoreError(.system(13), "opening the lock x", "Permission denied")
        func look() -> [Machine.Action] {
            driver.turn()
            driver.handle(.erasure(isDue: false))
            return driver.handle(.lockIsUnusable(problem, queued: nil))
        }
        #expect(look() == [.reportLock(problem)])
        #expect(look() == [])
        #expect(driver.machine.isAtRest)
        #expect(driver.machine.problem(holder: { nil }) == "\(problem)")
    }

    @Test func goesOnFromTheRetriesThatTheHolderBeforeLeft() {
        var driver = MachineDriver(queued: 20)
        let left = RetryStateMachine(
            restoring: "waiting", until: 9 * second, isDemanded: false, failures: 3, lastError: "503")
        driver.turn()
        driver.handle(.erasure(isDue: false))
        #expect(driver.handle(.lockWon(left)) == [])
        #expect(driver.machine.deadline == 9 * second)
        var flushed = MachineDriver(queued: 20)
        flushed.handle(.flushWanted)
        flushed.turn()
        flushed.handle(.erasure(isDue: false))
        #expect(flushed.handle(.lockWon(left)) == [.checkNetwork], "a flush was asked for")
    }

    // MARK: - Giving up

    @Test func givesTheRequestUpAndReadsItsEventsAgain() {
        var driver = attempting()
        driver.turn()
        driver.handle(.readAhead(isFound: true))
        #expect(driver.handle(.requestsGivenUp) == [.dropReadAhead, .cancelRequest(tag: 1), .forgetBatch])
        #expect(driver.handle(.finished(.accepted)) == [], "its answer comes too late")
        #expect(driver.turn() == [.checkErasure])
    }

    @Test func doesNothingAfterItWasRemoved() {
        var sending = attempting()
        #expect(sending.handle(.removed) == [.cancelRequest(tag: 1), .forgetBatch])
        var unrecorded = attempting()
        unrecorded.handle(.finished(.accepted))
        unrecorded.handle(.notRecorded(isBusy: false))
        #expect(
            unrecorded.handle(.removed) == [.record(Machine.AttemptResult(events: .delivered(deadLetters: [])))],
            "a last try")
        for var driver in [sending, unrecorded] {
            driver.handle(.recorded(queued: 2))
            driver.handle(.flushWanted)
            #expect(driver.turn(isWaitedFor: true) == [])
            #expect(driver.machine.deadline == .max)
        }
    }

    @Test func recordsAtTheEndAndLeavesItsRequestToLibcurl() {
        var sending = attempting()
        #expect(sending.handle(.ended) == [], "giving it up could wait for a name server")
        #expect(sending.machine.deadline == .max)
        var unrecorded = attempting()
        unrecorded.handle(.finished(.accepted))
        unrecorded.handle(.notRecorded(isBusy: false))
        #expect(unrecorded.handle(.ended) == [.record(Machine.AttemptResult(events: .delivered(deadLetters: [])))])
        #expect(unrecorded.handle(.recorded(queued: 0)) == [])
    }

    @Test func sleepsWithASuspectWhereNothingIsDeliveredByItself() {
        var driver = MachineDriver(queued: 1, isAutomatic: false)
        driver.handle(.flushWanted)
        driver.attempt([1])
        driver.handle(.finished(.refused("no")))
        driver.handle(.recorded(queued: 1))
        driver.read([])
        driver.handle(.nothingToRead(queued: 1))
        driver.now = 10_000 * second
        driver.turn()
        #expect(driver.machine.deadline == .max, "its time is over and nothing asks for it")
    }
}
