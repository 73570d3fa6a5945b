// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

extension Reliability {
    /// Many devices lose the server at the same time, and do not try again at the same time.
    ///
    /// A simulation of the state machine alone, in which time is a number.
    @Suite struct HerdTests {
        private let second = Duration.seconds(1).nanoseconds

        /// In which second each device tries, while the server is away.
        private func tries(devices: Int, seconds: Int64, seed: UInt64) -> (perSecond: [Int], most: Int) {
            var random = SplitMix64(seed: seed)
            var perSecond = [Int](repeating: 0, count: Int(seconds))
            var most = 0
            for _ in 0..<devices {
                var machine = RetryStateMachine()
                var now: Int64 = 0
                var count = 0
                while now < seconds * second {
                    perSecond[Int(now / second)] += 1
                    count += 1
                    _ = machine.finished(.retry("away", after: nil), ids: [1], at: now, random: &random)
                    now = machine.nextAttempt
                }
                most = max(most, count)
            }
            return (perSecond, most)
        }

        /// In no second of the first five minutes more than 5 % of them try, but for
        /// the one in which the server goes.
        @Test func devicesThatLoseTheServerTogetherDoNotComeTogether() {
            let devices = 1_000
            var worst = 0
            var most = 0
            var held = 0
            let rounds = Reliability.count(short: 20, long: 1_000)
            for round in 0..<rounds {
                let found = tries(devices: devices, seconds: 300, seed: UInt64(round))
                let here = found.perSecond[1...].max() ?? 0
                if here * 20 <= devices { held += 1 }
                worst = max(worst, here)
                most = max(most, found.most)
            }
            #expect(held == rounds, "\(worst) of \(devices) within a second")
            Reliability.note(
                "19 devices come back", tried: rounds, held: held,
                worst: "\(worst) of \(devices) in a second, one device \(most) tries in 300 s")
        }
    }
}
