// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Footfall

/// How long the client waits for a Retry-After.
@Suite struct RetryAfterTests {
    private let second = Duration.seconds(1).nanoseconds
    private var random = SplitMix64(test: "RetryAfterTests")

    private mutating func next(after text: String?) -> (delay: Int64, isDemanded: Bool) {
        let headers = text.map { [(name: "retry-after", value: $0)] } ?? []
        let outcome = DeliveryOutcome(status: DeliveryResponse(status: 429, headers: headers))
        var machine = RetryStateMachine()
        _ = machine.finished(outcome, ids: [1], at: 0, random: &random)
        return (machine.nextAttempt, machine.isDemanded)
    }

    /// Many devices get the same answer at once, so each adds up to a tenth at random.
    @Test mutating func keepsToWholeSecondsAndATenthMore() {
        var delays: Set<Int64> = []
        for _ in 0..<50 {
            let next = next(after: "120")
            #expect(next.isDemanded && (120 * second...132 * second).contains(next.delay), "\(next)")
            delays.insert(next.delay)
        }
        #expect(delays.count > 40)
        #expect((10 * second...11 * second).contains(next(after: "10").delay))
    }

    @Test mutating func believesNobodyForMoreThanADay() {
        for text in ["86400", "86401", "1000000000000000000", "9223372036854775807"] {
            #expect(next(after: text) == (86_400 * second, true), "\(text)")
        }
    }

    @Test(arguments: [
        "-1", "abc", "", " ", "1.5", "0x10", "1e3", "Fri, 31 Dec 2027 23:59:59 GMT", "99999999999999999999",
        "-9223372036854775809", "120, 5", "\u{661}\u{662}",
    ])
    mutating func waitsItsOwnTimeForAnythingElse(_ text: String) {
        for _ in 0..<20 {
            let next = next(after: text)
            #expect(!next.isDemanded, "\(text)")
            #expect((second...(75 * second)).contains(next.delay), "\(text): \(next.delay)")
        }
    }

    @Test mutating func zeroIsNoTime() {
        let next = next(after: "0")
        #expect(!next.isDemanded && (second...(75 * second)).contains(next.delay))
    }

    @Test func isReadFromTheStatusesThatAreTriedAgainOnly() {
        for status in [408, 429, 500, 503, 504] {
            let response = DeliveryResponse(status: status, headers: [("retry-after", "120")])
            #expect(
                DeliveryOutcome(status: response)
                    == .retry("the server answered \(status)", after: .seconds(120)))
        }
        for status in [301, 401, 403, 404, 501] {
            let response = DeliveryResponse(status: status, headers: [("retry-after", "120")])
            guard case .blocked = DeliveryOutcome(status: response) else {
                Issue.record("\(status) is not about the address")
                continue
            }
        }
    }
}
