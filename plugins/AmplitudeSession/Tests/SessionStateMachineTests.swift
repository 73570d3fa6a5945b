// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import Testing

private let minute: Int64 = 60_000

@Suite struct SessionStateMachineTests {
    private var machine = SessionStateMachine(limit: .seconds(1_800))

    /// A moment so many milliseconds after the beginning of boot time, with the
    /// wall clock set `step` off.
    private func moment(_ time: Int64, step: Int64 = 0, boot: String = "one") -> SessionMoment {
        SessionMoment(
            wall: Timestamp(milliseconds: begin + time + step), bootNanoseconds: time * 1_000_000, bootID: boot)
    }

    private mutating func event(_ moment: SessionMoment, _ anonymousId: String = "a", _ userId: String? = nil)
        -> SessionStateMachine.Decision
    {
        machine.event(at: moment, anonymousId: anonymousId, userId: userId)
    }

    @Test mutating func theFirstEventOpensASessionOfItsOwnTimeAndEndsNone() {
        #expect(event(moment(0)) == .turn(ended: nil, id: begin))
        #expect(machine.session?.id == begin)
        #expect(machine.session?.start.milliseconds == begin)
        #expect(machine.lastID == begin)
    }

    @Test mutating func aGapBelowTheLimitJoins() {
        _ = event(moment(0))
        #expect(event(moment(30 * minute - 1)) == .join(id: begin))
        #expect(event(moment(60 * minute - 2)) == .join(id: begin), "each event extends it")
    }

    @Test mutating func aGapOfTheLimitEndsWithTheLastActivityAndTheOldIdentity() throws {
        _ = event(moment(0), "a", "u1")
        _ = event(moment(5 * minute), "a", "u2")
        let decision = event(moment(35 * minute), "b", "u3")
        guard case .turn(let ended?, let id) = decision else {
            Issue.record("no turn")
            return
        }
        #expect(id == begin + 35 * minute)
        #expect(ended.id == begin)
        #expect(ended.last.wall.milliseconds == begin + 5 * minute)
        #expect((ended.anonymousId, ended.userId) == ("a", "u2"))
        #expect((machine.session?.anonymousId, machine.session?.userId) == ("b", "u3"))
    }

    @Test mutating func decidingChangesNothing() {
        _ = event(moment(0))
        let before = machine
        _ = machine.decision(at: moment(10 * minute))
        _ = machine.decision(at: moment(100 * minute))
        #expect(machine == before)
    }

    @Test mutating func idsNeverGoBack() {
        _ = event(moment(0))
        #expect(event(moment(40 * minute, step: -60 * minute)) != .join(id: begin))
        #expect(machine.session?.id == begin + 1)
        _ = machine.end()
        _ = event(moment(41 * minute, step: -60 * minute))
        #expect(machine.session?.id == begin + 2)
        #expect(machine.lastID == begin + 2)
    }

    @Test mutating func aClockSetBackOrForwardSplitsNothingWithinABoot() {
        _ = event(moment(0))
        #expect(event(moment(minute, step: -60 * minute)) == .join(id: begin))
        #expect(event(moment(2 * minute, step: 24 * 60 * minute)) == .join(id: begin))
        #expect(event(moment(3 * minute)) == .join(id: begin))
    }

    @Test mutating func aClockSetBackDoesNotLengthenASession() {
        _ = event(moment(0))
        #expect(event(moment(30 * minute, step: -30 * minute)) == .turn(ended: ended(begin, moment(0)), id: begin + 1))
    }

    private func ended(_ id: Int64, _ last: SessionMoment) -> Session? {
        var other = SessionStateMachine(limit: .seconds(1_800))
        _ = other.event(at: moment(id - begin), anonymousId: "a", userId: nil)
        _ = other.event(at: last, anonymousId: "a", userId: nil)
        return other.session
    }

    @Test mutating func acrossBootsTheWallClockCounts() {
        _ = event(moment(600 * minute))
        let id = begin + 600 * minute
        #expect(
            event(SessionMoment(wall: Timestamp(milliseconds: id + 29 * minute), bootNanoseconds: 5, bootID: "two"))
                == .join(id: id))
        let later = SessionMoment(wall: Timestamp(milliseconds: id + 60 * minute), bootNanoseconds: 9, bootID: "three")
        #expect(event(later) != .join(id: id))
    }

    @Test mutating func aClockThatIsBehindAfterABootDoesNotLengthenASession() {
        _ = event(moment(600 * minute))
        let id = begin + 600 * minute
        // The device has no battery for its clock: it is an hour behind now.
        let offset = 540 * minute
        #expect(event(moment(minute, step: offset, boot: "two")) == .join(id: id))
        #expect(machine.session?.last.wall.milliseconds == id, "it moves nothing back")
        #expect(event(moment(32 * minute, step: offset, boot: "two")) != .join(id: id))
    }

    @Test mutating func aLateEventJoinsAndMovesNothingBack() {
        _ = event(moment(0))
        _ = event(moment(10 * minute), "a", "u2")
        let before = machine
        #expect(event(moment(5 * minute), "a", "u1") == .join(id: begin))
        #expect(machine == before)
        #expect(event(moment(-50 * minute)) == .join(id: begin), "even from before its start")
        #expect(machine == before)
    }

    @Test mutating func anEventOfAnEarlierBootThatComesLateMovesNothing() {
        func old(_ time: Int64) -> SessionMoment {
            var moment = moment(time, step: -600 * minute, boot: "one")
            moment.isOfEarlierBoot = true
            return moment
        }
        _ = event(moment(0, boot: "two"))
        let before = machine
        // Two that lie a session's limit apart, by the clock of their own boot.
        #expect(event(old(0)) == .join(id: begin))
        #expect(event(old(40 * minute)) == .join(id: begin))
        #expect(machine == before)
        #expect(event(moment(minute, boot: "two")) == .join(id: begin))
    }

    @Test mutating func endsOnce() {
        _ = event(moment(0), "a", "u")
        #expect(machine.end()?.id == begin)
        #expect(machine.end() == nil)
        #expect(machine.session == nil)
        #expect(machine.lastID == begin)
        #expect(event(moment(0)) == .turn(ended: nil, id: begin + 1))
    }

    @Test func neverTrapsOnExtremeTimes() {
        var machine = SessionStateMachine(limit: .seconds(1))
        for wall in [Int64.min / 2, -1, 0, 1 << 53] {
            for boot in [Int64.min, 0, .max] {
                let moment = SessionMoment(
                    wall: Timestamp(milliseconds: wall), bootNanoseconds: boot, bootID: "\(boot)")
                _ = machine.event(at: moment, anonymousId: "", userId: nil)
            }
        }
        #expect(machine.lastID > 0)
    }
}
