// SPDX-License-Identifier: MIT
import FootfallStore
import Testing

@testable import Footfall

private let minute: Int64 = 60_000
private let hour: Int64 = 3_600_000
private let day: Int64 = 86_400_000
private let year: Int64 = 365 * day

/// The times that hosts name, and the decisions that follow from them.
struct WitnessCase: Sendable, CustomTestStringConvertible {
    var name: String
    var hosts: [String]
    /// What is believed at first.
    var belief = TimeWitnesses.Belief.offset(0)
    /// Who says what, and when: minutes since boot; `nil` for a host that names no time.
    var answers: [(host: String, offset: Int64?, minute: Int64)]
    /// Where the time was moved to, one after the other.
    var moves: [Int64] = []
    /// Who contradict each other at the end.
    var dispute: Set<String> = []

    var testDescription: String { name }
}

@Suite struct TimeWitnessesTests {
    private static let one = ["a"]
    private static let two = ["a", "b"]
    private static let three = ["a", "b", "c"]

    static let cases: [WitnessCase] = [
        // A boot that is believed.
        WitnessCase(
            name: "four minutes are no news", hosts: one, answers: [("a", 4 * minute, 0), ("a", 4 * minute, 1)]),
        WitnessCase(name: "once is not enough", hosts: one, answers: [("a", 2 * hour, 0)]),
        WitnessCase(
            name: "twice is, up to a day", hosts: one, answers: [("a", 2 * hour, 0), ("a", 2 * hour + minute, 1)],
            moves: [2 * hour]),
        WitnessCase(
            name: "twice with another between is not", hosts: one,
            answers: [("a", 2 * hour, 0), ("a", 0, 1), ("a", 2 * hour, 2)]),
        WitnessCase(
            name: "beyond a day twice is not enough", hosts: one, answers: [("a", 25 * hour, 0), ("a", 25 * hour, 59)]),
        WitnessCase(
            name: "beyond a day it is an hour later", hosts: one, answers: [("a", 25 * hour, 0), ("a", 25 * hour, 60)],
            moves: [25 * hour]),
        WitnessCase(
            name: "the hour begins anew with another time", hosts: one,
            answers: [("a", 25 * hour, 0), ("a", 50 * hour, 30), ("a", 25 * hour, 61)]),
        WitnessCase(
            name: "nobody creeps by a day each", hosts: one,
            answers: [("a", 20 * hour, 0), ("a", 20 * hour, 1), ("a", 40 * hour, 2), ("a", 40 * hour, 3)],
            moves: [20 * hour]),
        WitnessCase(
            name: "creeping takes its hour", hosts: one,
            answers: [("a", -20 * hour, 0), ("a", -20 * hour, 1), ("a", -40 * hour, 2), ("a", -40 * hour, 62)],
            moves: [-20 * hour, -40 * hour]),
        WitnessCase(
            name: "a second host must agree", hosts: two, answers: [("a", 3 * year, 0), ("a", 3 * year, 600)]),
        WitnessCase(
            name: "two that agree move it", hosts: two, answers: [("a", 3 * year, 0), ("b", 3 * year + 4 * minute, 1)],
            moves: [3 * year + 4 * minute]),
        WitnessCase(
            name: "six minutes apart is no agreement", hosts: two,
            answers: [("a", 3 * year, 0), ("b", 3 * year + 6 * minute, 1)], dispute: ["a", "b"]),
        WitnessCase(
            name: "a liar moves nothing", hosts: two,
            answers: [("a", 3 * year, 0), ("b", 0, 1), ("a", 3 * year, 59), ("b", 0, 60), ("a", 3 * year, 61)],
            dispute: ["a", "b"]),
        WitnessCase(
            name: "a liar by two hours moves nothing", hosts: two,
            answers: [("b", 0, 0), ("a", 2 * hour, 1), ("a", 2 * hour, 2)], dispute: ["a", "b"]),
        WitnessCase(
            name: "who took it back is in no dispute", hosts: two,
            answers: [("a", 2 * hour, 0), ("b", 0, 1), ("a", 0, 2)]),
        WitnessCase(
            name: "of three the two that agree", hosts: three,
            answers: [("a", 3 * year, 0), ("b", 30 * hour, 1), ("c", 30 * hour, 2)], moves: [30 * hour],
            dispute: ["a", "b"]),
        WitnessCase(
            name: "two against a host and the boot move nothing", hosts: three,
            answers: [("c", 0, 0), ("a", 30 * hour, 1), ("b", 30 * hour, 2)], dispute: ["a", "c"]),
        WitnessCase(
            name: "what was said an hour ago is no witness", hosts: two,
            answers: [("a", 3 * year, 0), ("b", 3 * year, 61)]),
        // One that nobody believes.
        WitnessCase(
            name: "one answer is enough", hosts: one, belief: .nothing, answers: [("a", 50 * year, 0)],
            moves: [50 * year]),
        WitnessCase(
            name: "not before the second was asked", hosts: two, belief: .nothing, answers: [("a", 50 * year, 0)]),
        WitnessCase(
            name: "the second agrees", hosts: two, belief: .nothing,
            answers: [("a", 50 * year, 0), ("b", 50 * year, 0)],
            moves: [50 * year]),
        WitnessCase(
            name: "the second says nothing", hosts: two, belief: .nothing,
            answers: [("a", 50 * year, 0), ("b", nil, 0)], moves: [50 * year]),
        WitnessCase(
            name: "the first says nothing", hosts: two, belief: .nothing,
            answers: [("a", nil, 0), ("b", 50 * year, 0)],
            moves: [50 * year]),
        WitnessCase(
            name: "the second says something else", hosts: two, belief: .nothing,
            answers: [("a", 50 * year, 0), ("b", 56 * year, 0), ("a", 50 * year, 1)], dispute: ["a", "b"]),
        WitnessCase(
            name: "a third decides", hosts: three, belief: .nothing,
            answers: [("a", 50 * year, 0), ("b", 56 * year, 0), ("c", 56 * year, 0)], moves: [56 * year],
            dispute: ["a", "b"]),
        WitnessCase(
            name: "a host that was removed is no witness", hosts: one, belief: .nothing,
            answers: [("b", 56 * year, 0), ("a", 50 * year, 0)], moves: [50 * year]),
    ]

    @Test(arguments: cases) func decidesAsTheTableSays(_ one: WitnessCase) {
        var witnesses = TimeWitnesses()
        var belief = one.belief
        var moves: [Int64] = []
        var now: Int64 = 0
        for answer in one.answers {
            now = answer.minute * 60_000_000_000
            if let offset = answer.offset {
                witnesses.hear(offset, from: answer.host, at: now)
            } else {
                witnesses.heardNothing(from: answer.host, isBroken: false, clocks: 1)
            }
            let isComplete = witnesses.next(of: one.hosts, clocks: 1, at: now) == nil
            guard
                case .moves(let offset) = witnesses.verdict(
                    of: one.hosts, belief: belief, isComplete: isComplete, at: now)
            else { continue }
            witnesses.hasMoved(to: offset, of: one.hosts, belief: belief, at: now)
            moves.append(offset)
            belief = .offset(offset)
        }
        #expect(moves == one.moves)
        let dispute = witnesses.dispute(of: one.hosts, at: now)
        #expect(Set([dispute?.first.host, dispute?.second.host].compactMap { $0 }) == one.dispute)
    }

    @Test func asksEachHostOnceAndAgainWhenTheClockIsSet() {
        var witnesses = TimeWitnesses()
        let hosts = Self.two
        #expect(witnesses.next(of: hosts, clocks: 1, at: 0) == "a")
        witnesses.hear(0, from: "a", at: 0)
        #expect(witnesses.next(of: hosts, clocks: 1, at: 0) == "b")
        witnesses.heardNothing(from: "b", isBroken: true, clocks: 1)
        #expect(witnesses.next(of: hosts, clocks: 1, at: 0) == "b", "it broke off")
        witnesses.heardNothing(from: "b", isBroken: true, clocks: 1)
        #expect(witnesses.next(of: hosts, clocks: 1, at: 0) == nil, "it takes none")
        #expect(witnesses.next(of: hosts, clocks: 2, at: 0) == "b", "the clock was set")
        #expect(witnesses.next(of: hosts, clocks: 1, at: TimeWitnesses.hour + 1) == "a", "that was an hour ago")
    }

    @Test func asksASecondHostOnlyAboutWhatIsNews() {
        var witnesses = TimeWitnesses()
        #expect(!witnesses.wantsAnother(of: Self.two, belief: .offset(0), at: 0))
        witnesses.hear(minute, from: "a", at: 0)
        #expect(!witnesses.wantsAnother(of: Self.two, belief: .offset(0), at: 0))
        witnesses.hear(hour, from: "a", at: 0)
        #expect(witnesses.wantsAnother(of: Self.two, belief: .offset(0), at: 0))
        #expect(!witnesses.wantsAnother(of: Self.one, belief: .offset(0), at: 0))
    }

    @Test func contestsABootThatNoHostConfirms() {
        var witnesses = TimeWitnesses()
        func contests() -> Bool { witnesses.contests(.offset(0), of: Self.three, at: 0) }
        witnesses.hear(year, from: "a", at: 0)
        #expect(!contests(), "one alone contradicts nobody")
        witnesses.hear(2 * year, from: "b", at: 0)
        #expect(contests())
        #expect(!witnesses.contests(.nothing, of: Self.three, at: 0))
        witnesses.hear(minute, from: "c", at: 0)
        #expect(!contests(), "c confirms it")
    }

    @Test func takesNoTimeBeforeTheLibraryOrTwentyYearsAfterIt() {
        let made = Timestamp(milliseconds: 1_700_000_000_000)
        func isPossible(_ later: Int64) -> Bool {
            TimeWitnesses.isPossible(Timestamp(milliseconds: made.milliseconds + later), notBefore: made)
        }
        #expect(isPossible(0) && isPossible(20 * year))
        #expect(!isPossible(-1) && !isPossible(21 * year))
        #expect(TimeWitnesses.isPossible(Timestamp(milliseconds: .max), notBefore: Timestamp(milliseconds: .max)))
    }

    @Test func neverTrapsOnExtremeTimes() {
        var witnesses = TimeWitnesses()
        for (host, offset, boot) in [("a", Int64.max, Int64.min), ("b", .min, .max), ("a", .min, .max), ("b", .max, 0)]
        {
            witnesses.hear(offset, from: host, at: boot)
            for belief in [TimeWitnesses.Belief.nothing, .offset(.max), .offset(.min)] {
                _ = witnesses.verdict(of: Self.two, belief: belief, isComplete: true, at: .max)
                witnesses.hasMoved(to: offset, of: Self.two, belief: belief, at: .min)
            }
            if let dispute = witnesses.dispute(of: Self.two, at: boot) {
                let record = ClockDispute(dispute, bootID: "one")
                #expect(ClockDispute(record.text) == record)
            }
        }
        #expect(ClockDispute("{}") == nil && ClockDispute("") == nil)
    }
}
