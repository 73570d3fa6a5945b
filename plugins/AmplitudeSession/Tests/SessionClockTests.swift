// SPDX-License-Identifier: MIT
import AmplitudeSession
import Footfall
import FootfallStore
import TestSupport
import Testing

private let day: Int64 = 86_400_000

/// Sessions under a clock that is wrong.
@Suite struct SessionClockTests {
    private var machine = SessionStateMachine(limit: .seconds(1_800))

    private func moment(_ wall: Int64, after boot: Int64, isTrusted: Bool = false) -> SessionMoment {
        var moment = SessionMoment(
            wall: Timestamp(milliseconds: wall), bootNanoseconds: boot * 1_000_000, bootID: "one")
        moment.isTrusted = isTrusted
        return moment
    }

    private mutating func event(_ moment: SessionMoment) -> SessionStateMachine.Decision {
        machine.event(at: moment, anonymousId: "a", userId: nil)
    }

    @Test mutating func anIdADayAheadOfABelievedTimeIsNotCarriedOn() {
        _ = event(moment(begin + 2 * day, after: 0))
        let id = begin + 60_000
        guard case .turn(let ended?, let new) = event(moment(id, after: 60_000, isTrusted: true)) else {
            Issue.record("it goes on")
            return
        }
        #expect(ended.id == begin + 2 * day)
        #expect(new == id)
        #expect(machine.lastID == id, "later ids follow this one")
    }

    @Test mutating func anIdLessThanADayAheadIsCarriedOn() {
        _ = event(moment(begin + day, after: 0))
        #expect(event(moment(begin + 1, after: 60_000, isTrusted: true)) == .join(id: begin + day))
    }

    @Test mutating func aClockThatIsNotBelievedSetsNoIdBack() {
        _ = event(moment(begin + 2 * day, after: 0))
        #expect(event(moment(begin, after: 60_000)) == .join(id: begin + 2 * day))
        let open = machine.session
        #expect(event(moment(begin, after: 3_600_000)) == .turn(ended: open, id: begin + 2 * day + 1))
    }
}
