// SPDX-License-Identifier: MIT
import Footfall
import FootfallStore
import TestSupport
import Testing

extension Reliability {
    /// Everything goes wrong for a week, at random.
    @Suite(.enabled(if: Need.tmpfs, "this machine mounts no tmpfs"))
    struct WeekTests {
        @Test func accountsForEveryEventOfAWeekOfRandomFaults() throws {
            let seeds = Reliability.count(short: 2, long: 20)
            var held = 0
            var called = 0
            var figures = Week.Figures()
            for seed in 1...seeds {
                let week = try Week(seed: UInt64(seed))
                try week.live()
                let problems = try week.problems()
                #expect(problems.isEmpty, "seed \(seed): \(problems)")
                if problems.isEmpty { held += 1 }
                called += week.figures.called
                figures.add(week.figures)
            }
            Reliability.note(
                "33 a week of random faults", tried: seeds, held: held,
                worst: "\(called) events, \(figures.kills) kills, \(figures.steps) clock steps, "
                    + "\(figures.fills) full disks; \(figures.repeatedBatches) batches came again, "
                    + "\(figures.dropped) events dropped, difference \(figures.difference)")
        }
    }
}
