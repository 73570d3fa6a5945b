// SPDX-License-Identifier: MIT
import Testing

@testable import Footfall

@Suite struct DestinationSuspensionTests {
    @Test func givesUpItsRequestAndTheLockAndTriesNothing() {
        var driver = MachineDriver(queued: 20)
        driver.attempt()
        #expect(driver.handle(.suspended("off")) == [.cancelRequest(tag: 1), .forgetBatch, .releaseLock])
        driver.handle(.flushWanted)
        #expect(driver.turn(isWaitedFor: true) == [])
        #expect(driver.machine.deadline == .max)
        #expect(driver.machine.isAtRest && driver.machine.problem(holder: { nil }) == "off")
        driver.handle(.suspended(nil))
        #expect(driver.turn() == [.checkErasure])
    }

    @Test func keepsTheLockWhileAResultIsNotStored() {
        var driver = MachineDriver(queued: 20)
        driver.attempt()
        driver.handle(.finished(.accepted))
        driver.handle(.notRecorded(isBusy: false))
        #expect(driver.handle(.suspended("off")) == [])
    }

    @Test func followsAnotherScheduleFromTheNextTurnOn() {
        var driver = MachineDriver(queued: 5, flushAt: 20)
        #expect(driver.turn() == [])
        driver.handle(.scheduleChanged(DestinationMachine.Schedule(flushAt: 5, interval: 0, isAutomatic: true)))
        #expect(driver.turn() == [.checkErasure])
    }
}
