// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

private let second: Int64 = 1_000_000_000

@Suite struct WakeThrottleTests {
    @Test func wakesOthersAtOnceAndThenOnceASecond() {
        var throttle = WakeThrottle()
        let commits: [(at: Int64, isDue: Bool, wakes: Bool)] = [
            (0, false, false), (10, true, true), (20, true, false), (second, true, false), (second + 10, true, true),
            (second + 20, false, false), (second + 30, true, true),
        ]
        for commit in commits {
            let wakes = throttle.wakes(isDue: commit.isDue, deliversAll: false) { commit.at }
            #expect(wakes == commit.wakes, "at \(commit.at)")
        }
    }

    @Test func wakesNoOthersWhileThisProcessDeliversAll() {
        var throttle = WakeThrottle()
        let wakes = throttle.wakes(isDue: true, deliversAll: true) { 0 }
        #expect(!wakes)
    }
}
