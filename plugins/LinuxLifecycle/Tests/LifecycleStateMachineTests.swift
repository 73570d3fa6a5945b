// SPDX-License-Identifier: MIT
import Footfall
import LinuxLifecycle
import Testing

@Suite struct LifecycleStateMachineTests {
    private var machine = LifecycleStateMachine(patience: .seconds(1))

    private func moment(_ milliseconds: Int64) -> Moment {
        Moment(
            wall: Timestamp(milliseconds: 1_700_000_000_000 + milliseconds), bootNanoseconds: milliseconds * 1_000_000,
            bootID: "one")
    }

    private mutating func say(_ change: ApplicationChange, _ time: Int64) -> [LifecycleStateMachine.Output] {
        machine.application(change, at: moment(time))
    }

    @Test mutating func theFirstActivationSaysNothing() {
        #expect(say(.becameActive, 0) == [])
        #expect(machine.nextTime == .max)
    }

    @Test mutating func isInTheBackgroundWhenItWasLeftForLongEnough() {
        #expect(say(.willResignActive, 100) == [])
        #expect(machine.nextTime == 1_100_000_000)
        #expect(machine.timeReached(at: moment(1_099)) == [])
        #expect(machine.timeReached(at: moment(1_100)) == [.backgrounded(at: moment(100))])
        #expect(machine.nextTime == .max)
        #expect(say(.willResignActive, 5_000) == [], "once")
    }

    @Test mutating func aFlickerOfTheFocusSaysNothing() {
        for time in stride(from: Int64(0), to: 10_000, by: 1_000) {
            #expect(say(.willResignActive, time) == [])
            #expect(say(.becameActive, time + 999) == [])
        }
        #expect(machine.timeReached(at: moment(20_000)) == [])
    }

    @Test mutating func comesBackWithOpenedAndForegroundedOnce() {
        _ = say(.willResignActive, 0)
        _ = machine.timeReached(at: moment(1_000))
        #expect(
            say(.becameActive, 9_000) == [.openedFromBackground(at: moment(9_000)), .foregrounded(at: moment(9_000))])
        #expect(say(.becameActive, 9_001) == [])
    }

    @Test mutating func aTimerThatComesLateLosesNothing() {
        _ = say(.willResignActive, 0)
        #expect(
            say(.becameActive, 60_000) == [
                .backgrounded(at: moment(0)), .openedFromBackground(at: moment(60_000)),
                .foregrounded(at: moment(60_000)),
            ])
    }

    @Test mutating func endsOnce() {
        #expect(say(.willTerminate, 5) == [.terminated(at: moment(5))])
        #expect(say(.willTerminate, 6) == [])
        #expect(say(.willResignActive, 7) == [] && say(.becameActive, 8) == [])
        #expect(machine.nextTime == .max)
    }

    @Test mutating func endsInTheBackgroundWhenItWasJustLeft() {
        _ = say(.willResignActive, 5)
        #expect(say(.willTerminate, 6) == [.backgrounded(at: moment(5)), .terminated(at: moment(6))])
    }

    @Test mutating func neverTrapsOnExtremeTimes() {
        for boot in [Int64.max, .min, 0] {
            let moment = Moment(wall: Timestamp(milliseconds: 0), bootNanoseconds: boot, bootID: "one")
            _ = machine.application(.willResignActive, at: moment)
            _ = machine.nextTime
            _ = machine.timeReached(at: moment)
            _ = machine.application(.becameActive, at: moment)
        }
    }
}
