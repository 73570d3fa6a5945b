// SPDX-License-Identifier: MIT
import FootfallStore
import Testing

@testable import Footfall

private let built: Int64 = 1_700_000_000_000
private let hour: Int64 = 3_600_000

@Suite struct ClockStateMachineTests {
    private var machine = ClockStateMachine(notBefore: Timestamp(milliseconds: built))

    /// Notes what a clock says so many milliseconds after boot.
    @discardableResult
    private mutating func see(_ wall: Int64, after boot: Int64, _ bootID: String = "one") -> Int64 {
        let moment = moment(wall, boot, bootID)
        return machine.row(of: moment)?.id ?? machine.add(moment).id
    }

    private func moment(_ wall: Int64, _ boot: Int64, _ bootID: String) -> Moment {
        Moment(wall: Timestamp(milliseconds: wall), bootNanoseconds: boot * 1_000_000, bootID: bootID)
    }

    private func corrected(_ wall: Int64, after boot: Int64, _ bootID: String = "one") -> Int64? {
        machine.corrected(moment(wall, boot, bootID))?.milliseconds
    }

    @Test mutating func believesAClockThatRunsEvenly() {
        let first = see(built + hour, after: 0)
        #expect(see(built + 25 * hour, after: 24 * hour) == first)
        #expect(see(built + 26 * hour + 300_000, after: 25 * hour) == first, "five minutes are no step")
        #expect(machine.isTrusted(first))
        #expect(machine.trustsAll)
    }

    @Test mutating func doesNotBelieveAClockBeforeTheLibraryWasMade() {
        let id = see(1_000, after: 0)
        #expect(!machine.isTrusted(id))
        #expect(!machine.trustsAll)
    }

    @Test(arguments: [-hour, 24 * hour, 300_001]) mutating func doesNotBelieveABootInWhichTheClockWasSet(_ step: Int64)
    {
        let before = see(built + hour, after: 0)
        let after = see(built + 2 * hour + step, after: hour)
        #expect(before != after)
        #expect(!machine.isTrusted(before))
        #expect(!machine.isTrusted(after))
    }

    @Test mutating func aWrongClockInOneBootCastsNoDoubtOnAnother() {
        see(1_000, after: 0)
        let id = see(built + hour, after: 0, "two")
        #expect(machine.isTrusted(id))
    }

    @Test mutating func movesWhatWasWrongByOneOffsetAndKeepsWhatWasRight() {
        let wrong = see(1_000, after: 1_000)
        let right = see(built + hour, after: 2_000)
        let shifts = machine.confirm(built + hour - 2_000, of: "one")
        #expect(shifts == [wrong: built + hour - 2_000])
        #expect(machine.isTrusted(right))
        #expect(corrected(1_000, after: 1_000) == built + hour - 1_000)
        #expect(corrected(built + hour, after: 2_000) == nil)
    }

    @Test mutating func correctsAClockThatGoesOnBeingWrong() {
        see(1_000, after: 1_000)
        _ = machine.confirm(built, of: "one")
        #expect(corrected(61_000, after: 61_000) == built + 61_000)
        #expect(corrected(61_000, after: 61_000, "two") == nil, "of another boot nothing is known")
    }

    private func clock(_ wall: Int64) -> SystemClock {
        SystemClock(
            wall: { Timestamp(milliseconds: wall) }, boot: { 0 }, bootID: "one",
            notBefore: Timestamp(milliseconds: built))
    }

    @Test mutating func aSynchronizedClockIsNewsWhereItDiffersFromWhatIsBelieved() {
        #expect(machine.news(of: clock(built + hour)) == nil, "the boot is believed")
        see(1_000, after: 1_000)
        #expect(machine.news(of: clock(built + hour)) == built + hour, "the clock was not believed so far")
        #expect(machine.news(of: clock(built - hour)) == nil, "it is not right before the library was made")
        _ = machine.confirm(built, of: "one")
        #expect(machine.news(of: clock(built + 1_000)) == nil)
        #expect(machine.news(of: clock(built + hour)) == built + hour, "a server had said something else")
    }

    @Test mutating func neverTrapsOnExtremeTimes() {
        see(.max, after: 0)
        see(.min, after: 0, "two")
        _ = machine.confirm(.max, of: "two")
        _ = corrected(.min, after: .max / 1_000_000, "two")
        #expect(!machine.isTrusted(99), "a clock that was never noted")
        #expect(machine.isTrusted(0))
    }
}
