// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct WakeScheduleTests {
    private var schedule = WakeSchedule()
    private let busyInterval = Limits.deferredLinger.nanoseconds

    @Test mutating func wakesThePipelineForTheFirstCall() {
        let idle = schedule.nextLook(at: 0, waiting: 0)
        let wakes = schedule.add(1_000)
        let look = schedule.nextLook(at: 0, waiting: 1)

        #expect(idle == .max)
        #expect(wakes)
        #expect(look == 1_000)
    }

    @Test mutating func wakesItAgainOnlyForAnEarlierTime() {
        _ = schedule.add(1_000)

        let wakes = [schedule.add(1_000), schedule.add(2_000), schedule.add(500)]
        #expect(wakes == [false, false, true])
    }

    @Test mutating func looksByItselfWhileCallsComeFast() {
        schedule.taken(Limits.busyEvents, waiting: 0)

        let look = schedule.nextLook(at: 0, waiting: 0)
        let wakes = [schedule.add(look), schedule.add(look - 1, tolerance: 1), schedule.add(look - 1)]
        #expect(look == busyInterval)
        #expect(wakes == [false, false, true], "it looks then anyway; a little later is soon enough; no")
    }

    @Test mutating func sleepsWhenCallsStop() {
        schedule.taken(Limits.busyEvents, waiting: 0)
        _ = schedule.nextLook(at: 0, waiting: 0)

        let look = schedule.nextLook(at: busyInterval, waiting: 0)
        #expect(look == .max)
    }

    @Test mutating func looksAgainForWhatCouldNotBeTaken() {
        _ = schedule.add(0)
        schedule.taken(3, waiting: 2)
        schedule.postpone(to: 70)

        let looks = [schedule.nextLook(at: 10, waiting: 2), schedule.nextLook(at: 70, waiting: 2)]
        #expect(looks == [70, 70])
    }
}
