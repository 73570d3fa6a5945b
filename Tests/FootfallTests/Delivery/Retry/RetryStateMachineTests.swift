// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

private let second: Int64 = 1_000_000_000
private let hour: Int64 = 3_600 * second

@Suite struct RetryStateMachineTests {
    private var machine = RetryStateMachine()
    private var random = SplitMix64(seed: 7)

    private mutating func finish(_ outcome: DeliveryOutcome, _ ids: [Int64] = [1, 2], at now: Int64 = 0)
        -> RetryStateMachine.BatchResult
    {
        machine.finished(outcome, ids: ids, at: now, random: &random)
    }

    /// Plays a server that refuses some events, until nothing is left or the machine waits.
    /// Gives the delivered events, the dead letters and the number of attempts.
    private mutating func run(
        _ ids: [Int64], batch: Int = 500, refusing bad: Set<Int64>
    ) -> (delivered: [Int64], dead: [Int64], attempts: Int) {
        var delivered: [Int64] = []
        var dead: [Int64] = []
        var position: Int64 = 0
        var attempts = 0
        while machine.nextAttempt == .min, attempts < 10_000 {
            let limit = max(min(batch, machine.batchLimit ?? batch), 1)
            let next = Array(ids.filter { $0 > max(position, machine.cursor) }.prefix(limit))
            guard let last = next.last else { break }
            attempts += 1
            switch finish(next.contains(where: bad.contains) ? .refused("bad") : .accepted, next) {
            case .delivered(let letters):
                delivered += next
                dead += letters
                position = last
            case .deadLetter(let letters):
                dead += letters
                position = last
            case .eventByEvent(let results): dead += results.deadLetters.keys.sorted()
            case .keep: break
            }
        }
        return (delivered, dead, attempts)
    }

    // MARK: - Network errors, 408, 429, 5xx

    @Test mutating func isReadyAtFirst() {
        #expect(machine.state == .ready)
        #expect(machine.nextAttempt == .min)
        #expect(machine.batchLimit == nil)
        #expect(machine.stateName == "ready")
    }

    @Test func waitsLongerAndLongerWithinTheBoundsOfTheJitter() {
        for seed in UInt64(0)..<200 {
            var machine = RetryStateMachine()
            var random = SplitMix64(seed: seed)
            var last: Int64 = 0
            var longest: Int64 = 0
            for attempt in 1...40 {
                let now = Int64(attempt) * hour
                #expect(machine.finished(.retry("503", after: nil), ids: [1], at: now, random: &random) == .keep)
                let delay = machine.nextAttempt - now
                if attempt == 1 {
                    #expect(delay >= second && delay <= 75 * second)
                } else {
                    #expect(delay >= min(last, 450 * second) && delay <= min(3 * last, 900 * second))
                }
                #expect(machine.failures == attempt)
                #expect(machine.stateName == "waiting")
                last = delay
                longest = max(longest, delay)
            }
            #expect(longest > 20 * second, "seed \(seed)")
        }
    }

    @Test mutating func beginsAgainWithAShortDelayAfterASuccess() {
        for _ in 0..<30 { _ = finish(.retry("503", after: nil)) }
        #expect(finish(.accepted) == .delivered(deadLetters: []))
        #expect(machine.state == .ready)
        #expect(machine.failures == 0)
        #expect(machine.lastError == nil)
        _ = finish(.retry("503", after: nil))
        #expect(machine.nextAttempt <= 75 * second)
    }

    @Test mutating func keepsTheTimeThatTheServerNamedThroughAFlush() {
        #expect(finish(.retry("429", after: .seconds(60)), at: 5) == .keep)
        #expect(machine.isDemanded)
        let next = machine.nextAttempt
        #expect((5 + 60 * second...5 + 66 * second).contains(next))
        machine.flushRequested()
        #expect(machine.nextAttempt == next)
    }

    @Test mutating func breaksItsOwnDelayAtAFlushAndGoesOnFromThere() {
        for _ in 0..<30 { _ = finish(.retry("503", after: nil)) }
        let delay = machine.lastDelay
        machine.flushRequested()
        #expect(machine.state == .ready)
        #expect(machine.lastDelay == delay)
        #expect(machine.failures == 30)
    }

    @Test mutating func neverTriesAgainAtOnceWhenTheServerNamesNoTimeToWait() {
        for after in [Duration.zero, .seconds(-5)] {
            _ = finish(.retry("503", after: after), at: 100)
            #expect(machine.nextAttempt >= 100 + second)
        }
    }

    @Test mutating func cutsATimeOfMoreThanADay() {
        _ = finish(.retry("429", after: .seconds(1_000_000)), at: 0)
        #expect(machine.nextAttempt == 24 * hour)
        _ = finish(.retry("429", after: .seconds(Int64.max)), at: 5)
        #expect(machine.nextAttempt == 5 + 24 * hour)
    }

    // MARK: - Blocked

    @Test mutating func triesABlockedDestinationHourlyAndAtAFlush() {
        #expect(finish(.blocked("403"), at: 10) == .keep)
        #expect(machine.state == .blocked(until: 10 + hour))
        #expect(machine.stateName == "blocked")
        #expect(machine.lastError == "403")
        machine.flushRequested()
        #expect(machine.state == .ready)
        #expect(finish(.blocked("403"), at: 20) == .keep)
        #expect(machine.nextAttempt == 20 + hour)
        #expect(machine.failures == 2)
    }

    @Test mutating func givesUpASearchWhenItIsBlocked() {
        _ = finish(.refused("bad"), Array(1...10))
        #expect(machine.batchLimit == 5)
        _ = finish(.blocked("403"), Array(1...5))
        #expect(machine.batchLimit == nil)
        #expect(machine.cursor == 0)
    }

    // MARK: - Refused

    /// The batch, ten halves of it, the event alone and the rest: twelve requests
    /// more than without it.
    @Test mutating func findsOneBadEventAmongAThousandInThirteenAttempts() {
        for bad in Int64(1)...1_000 {
            machine = RetryStateMachine()
            let result = run(Array(1...1_000), batch: 1_000, refusing: [bad])
            #expect(result.dead == [bad])
            #expect(result.delivered == (1...1_000).filter { $0 != bad })
            #expect(result.attempts <= 13, "\(bad) took \(result.attempts)")
        }
    }

    @Test mutating func findsSeveralBadEvents() {
        for seed in UInt64(0)..<50 {
            var random = SplitMix64(seed: seed)
            machine = RetryStateMachine()
            let bad = Set((0..<5).map { _ in Int64.random(in: 1...2_000, using: &random) })
            let result = run(Array(1...2_000), refusing: bad)
            #expect(result.dead.sorted() == bad.sorted())
            #expect(result.delivered == (1...2_000).filter { !bad.contains($0) })
            #expect(result.attempts < 200)
        }
    }

    @Test mutating func putsASingleRefusedEventAsideOnceAnotherIsTaken() {
        #expect(finish(.refused("bad"), [7]) == .keep, "it may be the server")
        #expect(machine.stateName == "refusing")
        #expect(machine.cursor == 7)
        #expect(machine.nextAttempt == .min, "what comes behind it goes at once")
        #expect(finish(.accepted, [8, 9]) == .delivered(deadLetters: [7]))
        #expect(machine.state == .ready)
        #expect(machine.batchLimit == nil)
    }

    @Test mutating func triesASingleRefusedEventAgainWhenNothingComes() {
        _ = finish(.refused("bad"), [7])
        machine.attempting(at: RetryStateMachine.suspectDelay - 1)
        #expect(machine.cursor == 7)
        machine.attempting(at: RetryStateMachine.suspectDelay)
        #expect(machine.cursor == 0)
        _ = finish(.refused("bad"), [7])
        machine.flushRequested()
        #expect(machine.cursor == 0)
        #expect(machine.state == .ready)
    }

    @Test mutating func waitsWithItsSuspectsWhenNothingIsLeftBehindThem() {
        _ = finish(.refused("413"), [7])
        var verdicts = DeliveryVerdicts()
        verdicts.refused = [0: "no plan"]
        _ = finish(.partial(verdicts), [8, 9])
        #expect(machine.cursor == 7)
        // 9 was dropped to make room.
        machine.foundNothing(at: 5)
        #expect(machine.suspectsUntil == 5 + RetryStateMachine.suspectDelay)
        machine.flushRequested()
        #expect(machine.cursor == 0)
        machine.foundNothing(at: 5)
        #expect(machine.state == .ready, "there are no suspects")
    }

    @Test mutating func whatIsPartlyTakenShowsThatASuspectIsBad() {
        _ = finish(.refused("bad"), [7])
        var verdicts = DeliveryVerdicts()
        verdicts.delivered = [0]
        verdicts.rest = .retry("busy", after: nil)
        guard case .eventByEvent(let results) = finish(.partial(verdicts), [8, 9]) else {
            Issue.record("no event is named")
            return
        }
        #expect(results.deadLetters.keys.sorted() == [7])
        #expect(results.delivered == [8])
        #expect(machine.cursor == 0)
    }

    /// An event comes each minute; the server refuses each batch for a day and accepts all the next day.
    @Test mutating func givesNothingUpWhenAServerRefusesEverythingForADay() {
        var waiting: [Int64] = []
        var attempts = 0
        var dead: [Int64] = []
        var delivered = 0
        func next() -> [Int64] {
            Array(waiting.filter { $0 > machine.cursor }.prefix(min(100, machine.batchLimit ?? 100)))
        }
        for minute in Int64(1)...26 * 60 {
            let now = minute * 60 * second
            if minute <= 24 * 60 { waiting.append(minute) }
            machine.attempting(at: now)
            while machine.nextAttempt <= now, let last = next().last {
                let batch = next()
                attempts += minute <= 24 * 60 ? 1 : 0
                let action = machine.finished(
                    minute <= 24 * 60 ? .refused("400") : .accepted, ids: batch, at: now, random: &random)
                switch action {
                case .delivered(let letters):
                    dead += letters
                    delivered += batch.count
                    waiting.removeAll { $0 <= last }
                case .deadLetter(let letters): dead += letters
                case .eventByEvent, .keep: break
                }
            }
        }
        #expect(dead.isEmpty)
        #expect(delivered == 24 * 60)
        #expect(waiting.isEmpty)
        // Each hour up to 100 events are halved to one, and eight single events follow.
        #expect(attempts <= 25 * 15, "\(attempts)")
    }

    @Test mutating func givesOneEventUpAtMostWhenTheServerTurnsBadDuringASearch() {
        var dead: [Int64] = []
        _ = finish(.refused("bad"), Array(1...100))
        #expect(finish(.accepted, Array(1...50)) == .delivered(deadLetters: []))
        var position: Int64 = 50
        while machine.nextAttempt == .min {
            let from = max(position, machine.cursor) + 1
            guard from <= 100 else { break }
            let ids = Array(from...min(from - 1 + Int64(machine.batchLimit ?? 100), 100))
            if case .deadLetter(let letters) = finish(.refused("no"), ids) {
                dead += letters
                position = letters.max() ?? position
            }
        }
        #expect(dead == [51])
        #expect(machine.state == .refusing(until: hour))
    }

    @Test mutating func putsABadEventAtTheEndAside() {
        let result = run(Array(1...4), refusing: [4])
        #expect(result.delivered == [1, 2, 3])
        #expect(result.dead == [4])
    }

    @Test mutating func stopsAtEightRefusedEventsWithoutOneTaken() {
        let result = run(Array(1...100), refusing: Set(1...100))
        #expect(result.delivered.isEmpty)
        #expect(result.dead.isEmpty)
        #expect(machine.state == .refusing(until: hour))
        #expect(machine.stateName == "refusing")
        #expect(machine.batchLimit == nil)
        #expect(machine.cursor == 0, "it begins at the first again")
        // Batches of 100, 50, 25, 12, 6 and 3, and then eight single events.
        #expect(result.attempts == 14)
        machine.flushRequested()
        #expect(machine.state == .ready)
    }

    @Test mutating func stopsAtTheEighthOfEventsThatAreRefusedAsTheyCome() {
        for id in Int64(1)...8 { #expect(finish(.refused("no"), [id]) == .keep) }
        #expect(machine.state == .refusing(until: hour))
        #expect(machine.nextAttempt == hour)
        #expect(machine.cursor == 0, "it begins at the first again")
    }

    @Test mutating func anAcceptanceShowsThatTheSuspectsAreBad() {
        let result = run(Array(1...100), refusing: [1, 2, 3, 4, 5])
        #expect(result.dead == [1, 2, 3, 4, 5])
        #expect(result.delivered == Array(6...100))
        #expect(machine.state == .ready)
    }

    @Test mutating func keepsItsSuspectsOverANetworkError() {
        _ = finish(.refused("bad"), [1, 2, 3, 4])
        _ = finish(.refused("bad"), [1, 2])
        _ = finish(.refused("bad"), [1])
        #expect(machine.cursor == 1)
        #expect(finish(.retry("503", after: nil), [2]) == .keep)
        #expect(machine.cursor == 1)
        #expect(finish(.accepted, [2]) == .delivered(deadLetters: [1]))
    }

    // MARK: - Over a restart

    private func restored(_ machine: RetryStateMachine, now: Int64, after passed: Int64 = 0) throws -> RetryStateMachine
    {
        let wall = Timestamp(milliseconds: 1_700_000_000_000)
        let text = try #require(RetryRecord(machine, now: now, wall: wall).text)
        let later = Timestamp(milliseconds: wall.milliseconds + passed / 1_000_000)
        // Another boot: its clock begins anew.
        return try #require(RetryRecord(text)).machine(now: 77, wall: later)
    }

    @Test mutating func theServersTimeHoldsOverARestart() throws {
        _ = finish(.retry("429", after: .seconds(60)), at: 1_000)
        let left = (machine.nextAttempt - 1_000) / 1_000_000 * 1_000_000
        var again = try restored(machine, now: 1_000, after: 20 * second)
        #expect(again.nextAttempt == 77 + left - 20 * second)
        #expect(again.failures == 1)
        #expect(again.lastError == "429")
        again.flushRequested()
        #expect(again.nextAttempt == 77 + left - 20 * second, "a flush does not break it")
    }

    @Test mutating func itsOwnDelayHoldsOverARestartUntilAFlush() throws {
        for _ in 0..<20 { _ = finish(.retry("503", after: nil), at: 0) }
        var again = try restored(machine, now: 0)
        #expect(again.nextAttempt > 77)
        again.flushRequested()
        #expect(again.state == .ready)
    }

    @Test mutating func blockedAndRefusingHoldOverARestart() throws {
        _ = finish(.blocked("403"))
        #expect(try restored(machine, now: 0).state == .blocked(until: 77 + hour))
        machine = RetryStateMachine()
        _ = run(Array(1...100), refusing: Set(1...100))
        #expect(try restored(machine, now: 0).state == .refusing(until: 77 + hour))
    }

    @Test func cutsAStoredWaitThatIsLongerThanAny() throws {
        // The clock was in 2099 when it was stored.
        let longest = [
            (#""waiting","isDemanded":true"#, 24 * hour), (#""waiting""#, hour / 4), (#""blocked""#, hour),
            (#""refusing""#, hour),
        ]
        for (state, expected) in longest {
            let record = try #require(
                RetryRecord(#"{"state":\#(state),"nextAttempt":"2099-01-01T00:00:00.000Z","failures":1}"#))
            let machine = record.machine(now: 0, wall: Timestamp(milliseconds: 1_700_000_000_000))
            #expect(machine.nextAttempt == expected, "\(state)")
        }
    }

    @Test func takesADamagedRecordForNone() {
        for text in ["", "x", "[]", "{", "null"] { #expect(RetryRecord(text) == nil, "\(text)") }
        for text in ["{}", #"{"state":5,"nextAttempt":"x","failures":-3,"lastError":[]}"#] {
            let machine = RetryRecord(text)?.machine(now: 0, wall: Timestamp(milliseconds: 0))
            #expect(machine?.nextAttempt ?? .min <= 0)
            #expect(machine?.failures == 0)
        }
    }

    @Test func remembersNothingOfAReadyMachine() {
        #expect(RetryRecord(RetryStateMachine(), now: 5, wall: Timestamp(milliseconds: 5)).text == nil)
    }
}
