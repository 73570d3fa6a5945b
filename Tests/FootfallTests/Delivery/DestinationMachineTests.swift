// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

private let second: Int64 = 1_000_000_000

/// Drives the machine as an uploader would, without a store, a socket or a clock.
@Suite struct DestinationMachineTests {
    private typealias Machine = DestinationMachine

    /// A machine with its time, its random numbers and the actions of the last input.
    private struct Driver {
        var machine: Machine
        var now: Int64 = 0
        var random = SplitMix64(seed: 7)
        var tag: UInt64 = 0

        init(queued: Int64 = 0, flushAt: Int = 20, interval: Int64 = 0, isAutomatic: Bool = true, now: Int64 = 0) {
            self.now = now
            machine = Machine(
                schedule: Machine.Schedule(flushAt: flushAt, interval: interval, isAutomatic: isAutomatic),
                queued: queued, retries: RetryStateMachine(), now: now)
        }

        @discardableResult
        mutating func handle(_ input: Machine.Input) -> [Machine.Action] {
            machine.handle(input, at: now, random: &random)
        }

        @discardableResult
        mutating func turn(isWaitedFor: Bool = false) -> [Machine.Action] { handle(.turn(isWaitedFor: isWaitedFor)) }

        /// A turn as far as the batch, which has these events.
        @discardableResult
        mutating func read(_ ids: [Int64] = [1, 2]) -> [Machine.Action] {
            guard turn() == [.checkErasure] else { return [] }
            return finishTurn(ids)
        }

        /// The turn that goes on with a check of the erasure, as far as the batch.
        @discardableResult
        mutating func finishTurn(_ ids: [Int64] = [1, 2]) -> [Machine.Action] {
            handle(.erasure(isDue: false))
            handle(.lockIsHeld)
            handle(.network(refusal: nil))
            handle(.consent(isWithdrawn: false))
            return handle(.batchRead(ids: ids))
        }

        /// A turn whose batch is under way afterwards.
        @discardableResult
        mutating func attempt(_ ids: [Int64] = [1, 2]) -> [Machine.Action] {
            read(ids)
            tag += 1
            return handle(.batchReady(tag: tag))
        }
    }

    /// A machine that drains, with a batch under way.
    private func attempting(_ ids: [Int64] = [1, 2]) -> Driver {
        var driver = Driver(queued: Int64(ids.count))
        driver.handle(.flushWanted)
        driver.attempt(ids)
        return driver
    }

    // MARK: - When it drains

    @Test func drainsAtItsCountExactly() {
        for (queued, drains) in [(Int64(0), false), (1, false), (19, false), (20, true), (21, true)] {
            var driver = Driver(queued: queued, now: 5)
            driver.turn()
            #expect(driver.machine.isDraining == drains, "\(queued)")
            if !drains { #expect(driver.machine.deadline == .max) }
        }
    }

    @Test func drainsWhenTheOldestEventWaitedForTheInterval() {
        var driver = Driver(interval: 30, now: 100)
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
        var driver = Driver(queued: 100, interval: 30, isAutomatic: false)
        #expect(driver.turn() == [])
        #expect(driver.machine.deadline == .max)
        #expect(driver.turn(isWaitedFor: true) == [.checkErasure])
    }

    // MARK: - The way of a batch

    @Test func asksForEachStepInOrderAndTriesTheBatch() {
        var driver = Driver(queued: 20)
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
        var driver = Driver(queued: 20)
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
        var driver = Driver(queued: 20)
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

    // MARK: - Pauses

    @Test func pausesWhileAnErasureIsDue() {
        var driver = Driver(queued: 20)
        driver.turn()
        #expect(driver.handle(.erasure(isDue: true)) == [])
        #expect(driver.turn() == [])
        driver.now = driver.machine.deadline
        #expect(driver.now == second / 20)
        #expect(driver.turn() == [.checkErasure])
    }

    @Test func pausesWhileTheNetworkIsRefusedUntilTheHostSaysMore() {
        var driver = Driver(queued: 20)
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
        var driver = Driver(queued: 20)
        driver.read()
        #expect(driver.handle(.batchTimesAreWrong) == [.forgetBatch, .correctStoredTimes])
        #expect(driver.turn() == [])
    }

    @Test func pausesWhenTheStoreCannotBeRead() {
        var driver = Driver(queued: 20)
        driver.read()
        #expect(driver.handle(.storeFailed) == [.forgetBatch])
        #expect(driver.turn() == [])
        #expect(driver.machine.deadline == second)
    }

    // MARK: - Another process delivers

    @Test func looksForTheLockAtGrowingIntervals() {
        var driver = Driver(queued: 20)
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
        var driver = Driver(queued: 5)
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
        var driver = Driver(queued: 20)
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
        var driver = Driver(queued: 20)
        let left = RetryStateMachine(
            restoring: "waiting", until: 9 * second, isDemanded: false, failures: 3, lastError: "503")
        driver.turn()
        driver.handle(.erasure(isDue: false))
        #expect(driver.handle(.lockWon(left)) == [])
        #expect(driver.machine.deadline == 9 * second)
        var flushed = Driver(queued: 20)
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

    // MARK: - Whatever happens

    /// The world around a machine: answers as it likes.
    private struct World {
        var driver: Driver
        var random: SplitMix64
        var hasReadAhead = false
        /// The tags of requests under way.
        var underWay: Set<UInt64> = []
        var isUnrecorded = false
        var isRemoved = false
        var attempts = 0
        var nextID: Int64 = 0
        /// Whether all answers are good: what is possible happens.
        var isKind = false

        init(seed: UInt64) {
            random = SplitMix64(seed: seed)
            driver = Driver(queued: 3, flushAt: 5, interval: 10 * second)
        }

        mutating func chance(_ percent: Int) -> Bool { !isKind && Int.random(in: 0..<100, using: &random) < percent }

        /// Gives an input, and the answers to what follows from it.
        mutating func give(_ input: Machine.Input) throws {
            var inputs = [input]
            while let input = inputs.popLast() {
                let actions = driver.handle(input)
                try #require(!isRemoved || actions.isEmpty, "an action after the removal")
                if case .removed = input { isRemoved = true }
                var answers: [Machine.Input] = []
                for action in actions { if let answer = try answer(action) { answers.append(answer) } }
                try #require(answers.count <= 1, "\(actions)")
                inputs += answers
            }
        }

        mutating func answer(_ action: Machine.Action) throws -> Machine.Input? {
            switch action {
            case .checkErasure: return .erasure(isDue: chance(10))
            case .acquireLock:
                if chance(10) { return .lockIsHeldElsewhere(queued: chance(20) ? nil : Int64(nextID % 7)) }
                if chance(3) { return .lockIsUnusable(StoreError(.system(13), "opening x", "no"), queued: nil) }
                return chance(20) ? .lockWon(driver.machine.retries) : .lockIsHeld
            case .checkNetwork: return .network(refusal: chance(10) ? "closed" : nil)
            case .checkConsent: return .consent(isWithdrawn: chance(5))
            case .readBatch(_, let limit):
                try #require(!isUnrecorded && underWay.isEmpty, "a batch is read too early")
                if chance(5) { return .storeFailed }
                if chance(10) { return .nothingToRead(queued: chance(20) ? nil : 0) }
                return batch(limit ?? 3)
            case .useReadAhead:
                try #require(hasReadAhead, "no batch was read ahead")
                hasReadAhead = false
                return batch(3)
            case .prepareBatch:
                driver.tag += 1
                if chance(10) { return .timeNeeded(host: "a", tag: driver.tag) }
                if chance(5) { return .batchTimesAreWrong }
                if chance(5) { return .batchDiscarded }
                return chance(3) ? .storeFailed : .batchReady(tag: driver.tag)
            case .beginAttempt(_, let tag), .askForTime(_, let tag):
                try #require(!isUnrecorded, "an attempt before the last result is stored")
                try #require(underWay.isEmpty, "two batches are under way")
                if case .beginAttempt = action { attempts += 1 }
                if chance(10) { return .finished(outcome()) }
                underWay.insert(tag)
            case .record:
                isUnrecorded = chance(20)
                return isUnrecorded
                    ? .notRecorded(isBusy: chance(50)) : .recorded(queued: Int64.random(in: 0...9, using: &random))
            case .readAhead:
                try #require(!hasReadAhead, "two batches are read ahead")
                hasReadAhead = !chance(50)
                return .readAhead(isFound: hasReadAhead)
            case .dropReadAhead: hasReadAhead = false
            case .cancelRequest(let tag): try #require(underWay.remove(tag) != nil, "an unknown request is given up")
            case .reportLock, .reportFailure, .askHolder, .correctStoredTimes, .forgetBatch: break
            }
            return nil
        }

        private mutating func batch(_ count: Int) -> Machine.Input {
            let first = nextID + 1
            nextID += Int64(max(count, 1))
            return .batchRead(ids: Array(first...nextID))
        }

        private mutating func outcome() -> DeliveryOutcome {
            switch Int.random(in: 0..<6, using: &random) {
            case 0: .refused("bad")
            case 1: .retry("503", after: nil)
            case 2: .retry("429", after: .seconds(5))
            case 3: .blocked("403")
            default: .accepted
            }
        }

        /// The answer to the request under way, if there is one.
        mutating func answerRequest() throws {
            guard let request = driver.machine.request, underWay.remove(request.tag) != nil else { return }
            try give(request.timeHost == nil ? .finished(isKind ? .accepted : outcome()) : .timeHeard)
        }

        mutating func news() -> Machine.Input {
            switch Int.random(in: 0..<9, using: &random) {
            case 0: .queued(Int64.random(in: 0...9, using: &random))
            case 1: .flushWanted
            case 2: .waiterCame
            case 3: .holderMayHaveEnded
            case 4: .networkUseChanged
            case 5: chance(50) ? .clockIsKnown : .clockIsNotKnown
            case 6: .clockIsCorrected
            case 7: .requestsGivenUp
            default: .answersForgotten
            }
        }
    }

    /// Sequences of inputs with answers of every kind, 500 steps each.
    @Test(arguments: 0..<200)
    func holdsItsInvariantsWhateverHappens(_ number: Int) throws {
        let seed = UInt64(number)
        var world = World(seed: seed)
        for _ in 0..<500 {
            world.driver.now += Int64.random(in: 0...second, using: &world.random)
            switch Int.random(in: 0..<10, using: &world.random) {
            case 0..<5: try world.give(.turn(isWaitedFor: world.chance(20)))
            case 5..<8: try world.answerRequest()
            default: try world.give(world.news())
            }
            try #require(world.underWay.count <= 1, "seed \(seed)")
            try #require((world.driver.machine.request?.tag).map { world.underWay == [$0] } ?? world.underWay.isEmpty)
        }

        // A pause ends and a flush leads to another attempt, once nothing fails any longer.
        world.isKind = true
        try world.answerRequest()
        try world.give(.queued(3))
        try world.give(.flushWanted)
        let attempts = world.attempts
        let begin = world.driver.now
        for _ in 0..<20 where world.attempts == attempts {
            let deadline = world.driver.machine.deadline
            try #require(deadline < .max || world.driver.machine.request != nil, "seed \(seed): it sleeps for ever")
            if deadline < .max { world.driver.now = max(world.driver.now, deadline) }
            try world.give(.turn(isWaitedFor: false))
            try world.answerRequest()
        }
        #expect(world.attempts > attempts, "seed \(seed)")
        #expect(world.driver.now - begin <= 120 * second, "seed \(seed)")

        try world.give(.removed)
        for _ in 0..<50 { try world.give(world.news()) }
        try world.give(.turn(isWaitedFor: true))
        #expect(world.driver.machine.deadline == .max, "seed \(seed)")
    }
}
