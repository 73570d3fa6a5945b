// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

extension Reliability {
    /// Many devices lose and regain the server together, and do not come together.
    ///
    /// A simulation: only the state machine decides, time is a number.
    @Suite struct HerdTests {
        private let second = Duration.seconds(1).nanoseconds

        /// In which second each device tries, while the server is away.
        private func tries(devices: Int, seconds: Int64, seed: UInt64) -> (perSecond: [Int], most: Int) {
            var random = SplitMix(seed: seed)
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

        @Test func triesSpreadOutAfterTheFirst() {
            let devices = 1_000
            var early = 0
            var worst = 0
            var settled = 0
            var most = 0
            let rounds = Reliability.count(short: 20, long: 1_000)
            for round in 0..<rounds {
                let found = tries(devices: devices, seconds: 900, seed: UInt64(round))
                // The first try is everybody's, when the server goes; the next are 1 to 3
                // seconds later, and so on: jitter needs a while to part them.
                early = max(early, found.perSecond[10...].max() ?? 0)
                worst = max(worst, found.perSecond[60...].max() ?? 0)
                settled = max(settled, found.perSecond[180...].max() ?? 0)
                most = max(most, found.most)
            }
            #expect(worst * 100 <= 10 * devices, "\(worst) of \(devices) within a second, after a minute")
            #expect(settled * 100 <= 5 * devices, "\(settled) of \(devices) within a second, after three minutes")
            Reliability.note(
                "19 devices come back", tried: rounds,
                held: worst * 100 <= 10 * devices && settled * 100 <= 5 * devices ? rounds : 0,
                worst: "\(early) of \(devices) in a second after 10 s, \(worst) after 60 s, \(settled) after 180 s, "
                    + "one device \(most) tries in 900 s")
        }
    }
}
