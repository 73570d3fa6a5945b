// SPDX-License-Identifier: MIT
import FootfallStore
import TestSupport
import Testing

@testable import Footfall

private let second: Int64 = 1_000_000_000

/// Random inputs in any order, against what must always hold.
@Suite struct DestinationMachineRandomTests {
    private typealias Machine = DestinationMachine

    /// The world around a machine: answers as it likes.
    private struct World {
        var driver: MachineDriver
        var random: SplitMix64
        var hasReadAhead = false
        /// The tags of requests under way.
        var underWay: Set<UInt64> = []
        var isUnrecorded = false
        var isRemoved = false
        /// Whether another process had the lock at the last look.
        var isElsewhere = false
        var attempts = 0
        var nextID: Int64 = 0
        /// Whether all answers are good: what is possible happens.
        var isKind = false

        init(seed: UInt64) {
            random = SplitMix64(seed: seed)
            driver = MachineDriver(queued: 3, flushAt: 5, interval: 10 * second)
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
                isElsewhere = chance(10)
                if isElsewhere {
                    let queued = chance(20) ? nil : Int64(nextID % 7)
                    return .lockIsHeldElsewhere(queued: queued, retries: chance(50) ? nil : theirs())
                }
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
                if case .beginAttempt = action {
                    if chance(5) { return .network(refusal: "closed") }
                    attempts += 1
                }
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
            case .reportLock, .reportFailure, .askHolder, .releaseLock, .correctStoredTimes, .forgetBatch: break
            }
            return nil
        }

        /// The retries of a process that has the lock.
        private mutating func theirs() -> RetryStateMachine {
            RetryStateMachine(
                restoring: chance(50) ? "waiting" : "blocked", until: driver.now + 20 * second,
                isDemanded: chance(30), failures: Int.random(in: 0...3, using: &random), lastError: "503")
        }

        /// A turn. Before the time until which the machine says that it rests, it tries nothing.
        mutating func turn(isWaitedFor: Bool) throws {
            let (rest, before, isNews) = (driver.machine.restsUntil, attempts, isElsewhere)
            try give(.turn(isWaitedFor: isWaitedFor))
            guard rest < .max, rest > driver.now, !isNews else { return }
            try #require(attempts == before, "an attempt although it rested")
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
            case 0..<5: try world.turn(isWaitedFor: world.chance(20))
            case 5..<8: try world.answerRequest()
            default: try world.give(world.news())
            }
            try #require(world.underWay.count <= 1, "seed \(seed)")
            let rests = world.driver.machine.restsUntil
            try #require(world.driver.machine.request == nil || rests == .min, "seed \(seed): a request is under way")
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
