// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct BadEventBisectionTests {
    private var bisection = BadEventBisection()

    /// Sends events 1 to `count` to a server that takes no batch of more than
    /// `size` events, and none with a bad event.
    private mutating func send(
        _ count: Int64, atMost batch: Int64 = 500, serverTakes size: Int = .max, bad: Set<Int64> = []
    ) -> (taken: [Int64], bad: [Int64], requests: Int) {
        var result = (taken: [Int64](), bad: [Int64](), requests: 0)
        var position: Int64 = 0
        while result.requests < 2_000 {
            let from = max(position, bisection.suspects.last ?? 0) + 1
            let limit = min(batch, bisection.batchLimit.map(Int64.init) ?? batch)
            guard from <= count else { break }
            let ids = Array(from...min(from + limit - 1, count))
            result.requests += 1
            if ids.count <= size, bad.isDisjoint(with: ids) {
                result.bad += bisection.accepted(ids)
                result.taken += ids
                position = ids.last ?? position
            } else if bisection.refused(ids) == .isBad {
                result.bad += ids
                position = ids.last ?? position
            }
        }
        return result
    }

    @Test mutating func halvesWhatWasRefusedTogether() {
        _ = bisection.refused(Array(1...100))
        #expect(bisection.batchLimit == 50)
        _ = bisection.accepted(Array(1...50))
        #expect(bisection.batchLimit == 25, "the bad one is among the other 50")
        _ = bisection.refused(Array(51...75))
        #expect(bisection.batchLimit == 12)
        #expect(bisection.isOn)
    }

    @Test mutating func triesTheRestWholeAfterTheFirstBadEvent() {
        let result = send(500, bad: [100])
        #expect(result.bad == [100])
        #expect(result.taken == (1...500).filter { $0 != 100 })
        #expect(result.requests <= 12)
        #expect(bisection == BadEventBisection(), "it is over")
    }

    @Test mutating func findsManyBadEventsThatStandTogether() {
        let bad = Set<Int64>(200...240)
        let result = send(500, bad: bad)
        #expect(Set(result.bad) == bad)
        #expect(result.taken == (1...500).filter { !bad.contains($0) })
        #expect(result.requests < 200, "\(result.requests)")
    }

    /// 413 of a proxy: each event is good.
    @Test mutating func learnsHowMuchAServerTakesAtOnce() {
        let result = send(10_000, serverTakes: 44)
        #expect(result.bad.isEmpty)
        #expect(result.taken == Array(1...10_000))
        // In batches of 31; one in nine of 62 is tried.
        #expect(result.requests < 10_000 / 31 * 9 / 8 + 15, "\(result.requests)")
    }

    @Test mutating func findsABadEventWhereLittleIsTakenAtOnce() {
        let result = send(1_000, serverTakes: 44, bad: [777])
        #expect(result.bad == [777])
        #expect(result.taken == (1...1_000).filter { $0 != 777 })
        #expect(result.requests < 1_000 / 31 * 9 / 8 + 30, "\(result.requests)")
    }

    @Test mutating func sendsManyAtOnceAgainWhenTheServerTakesThem() {
        _ = bisection.refused([1, 2])
        _ = bisection.accepted([1])
        _ = bisection.accepted([2])
        #expect(bisection.batchLimit == 1, "two were too many")
        let result = send(20_000)
        #expect(bisection.batchLimit == nil)
        #expect(result.requests < 20_000 / 500 + 100, "\(result.requests)")
    }
}
