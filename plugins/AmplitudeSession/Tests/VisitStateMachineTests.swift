// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import Testing

private let minute: Int64 = 60_000

@Suite struct VisitStateMachineTests {
    private var machine = VisitStateMachine(limit: .seconds(60))

    private func moment(_ time: Int64, boot: String = "one") -> SessionMoment {
        SessionMoment(wall: Timestamp(milliseconds: begin + time), bootNanoseconds: time * 1_000_000, bootID: boot)
    }

    @Test mutating func endsWhenIdleForTheLimit() throws {
        let outcome510 = machine.begin(anonymousId: "v", at: moment(0))
        #expect(outcome510 == nil)
        machine.interacted(at: moment(30_000))
        #expect(machine.nextTime(bootID: "one") == 90_000 * 1_000_000)
        let outcome699 = machine.timeReached(at: moment(89_999))
        #expect(outcome699 == nil)
        let ended = machine.timeReached(at: moment(200_000))
        let over = try #require(ended)
        #expect(over.reason == .timeout)
        #expect(over.at == moment(90_000), "at the last activity and the limit, whenever it is noticed")
        #expect(over.visit.hasInteraction)
        let outcome1052 = machine.timeReached(at: moment(300_000))
        #expect(outcome1052 == nil, "once")
        #expect(machine.nextTime(bootID: "one") == .max)
    }

    @Test mutating func isEmptyWithoutInteraction() throws {
        _ = machine.begin(anonymousId: "v", at: moment(0))
        let ended = machine.timeReached(at: moment(minute))
        let over = try #require(ended)
        #expect(!over.visit.hasInteraction)
    }

    @Test mutating func doesNotEndWhileItIsPaused() throws {
        _ = machine.begin(anonymousId: "v", at: moment(0))
        machine.pause(isOn: true, at: moment(10_000))
        let outcome1627 = machine.timeReached(at: moment(90 * minute))
        #expect(outcome1627 == nil)
        machine.pause(isOn: false, at: moment(90 * minute))
        let outcome1750 = machine.timeReached(at: moment(91 * minute - 1))
        #expect(outcome1750 == nil, "from the end of the film on")
        let ended = machine.timeReached(at: moment(91 * minute))
        let over = try #require(ended)
        #expect(over.at == moment(91 * minute))
    }

    @Test mutating func aPauseHoldsForFourHoursAtMost() {
        _ = machine.begin(anonymousId: "v", at: moment(0))
        machine.pause(isOn: true, at: moment(0))
        let outcome2181 = machine.timeReached(at: moment(240 * minute))
        #expect(outcome2181 == nil)
        let outcome2251 = machine.timeReached(at: moment(241 * minute))
        #expect(outcome2251 != nil)
    }

    @Test mutating func anotherVisitorEndsTheOneBefore() {
        _ = machine.begin(anonymousId: "v1", at: moment(0))
        let over = machine.begin(anonymousId: "v2", at: moment(5_000))
        #expect(over?.reason == .superseded)
        #expect(machine.visit?.anonymousId == "v2")
    }

    @Test mutating func aRebootEndsIt() throws {
        _ = machine.begin(anonymousId: "v", at: moment(0))
        let ended = machine.timeReached(at: moment(1, boot: "two"))
        let over = try #require(ended)
        #expect(over.at == moment(60_000))
    }

    @Test mutating func anEndOfAnotherVisitChangesNothing() {
        _ = machine.begin(anonymousId: "v", at: moment(0))
        let outcome3008 = machine.end("other", reason: .completed, at: moment(1))
        #expect(outcome3008 == nil)
        let outcome3088 = machine.end(nil, reason: .completed, at: moment(1))
        #expect(outcome3088 != nil)
        let outcome3164 = machine.end(nil, reason: .completed, at: moment(2))
        #expect(outcome3164 == nil)
    }

    @Test mutating func aBeginningThatComesLateEndsNothing() {
        _ = machine.begin(anonymousId: "new", at: moment(5_000))
        let outcome3375 = machine.begin(anonymousId: "old", at: moment(4_000))
        #expect(outcome3375 == nil)
        #expect(machine.visit?.anonymousId == "new")
    }

    @Test mutating func attractModeLastsUntilAVisitOrABoot() {
        machine.attract(isOn: true, at: moment(0))
        #expect(machine.isAttracting(at: moment(minute)))
        #expect(!machine.isAttracting(at: moment(minute, boot: "two")))
        _ = machine.begin(anonymousId: "v", at: moment(minute))
        #expect(!machine.isAttracting(at: moment(minute)))
        _ = machine.end(nil, reason: .completed, at: moment(2 * minute))
        #expect(!machine.isAttracting(at: moment(2 * minute)), "it is entered again, not gone back to")
    }

    @Test mutating func neverTrapsOnExtremeTimes() {
        _ = machine.begin(
            anonymousId: "v",
            at: SessionMoment(wall: Timestamp(milliseconds: .max), bootNanoseconds: .max, bootID: "one"))
        machine.pause(
            isOn: true, at: SessionMoment(wall: Timestamp(milliseconds: .min), bootNanoseconds: .min, bootID: "one"))
        machine.interacted(at: moment(0))
        _ = machine.timeReached(at: moment(0, boot: "two"), isNow: true)
        #expect(machine.visit == nil)
    }
}
