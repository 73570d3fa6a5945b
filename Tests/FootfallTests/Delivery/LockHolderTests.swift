// SPDX-License-Identifier: MIT
import FootfallStore
import Testing

@testable import Footfall

private let second: Int64 = 1_000_000_000

/// What a machine makes of the process that has its lock, while a call waits for a flush.
@Suite struct LockHolderTests {
    /// A machine with five events, which a flush wants to be delivered.
    private struct Flush {
        private var driver = MachineDriver(queued: 5)

        init() { driver.handle(.flushWanted) }

        var machine: DestinationMachine { driver.machine }

        /// Looks for the lock, which the other process has; its retries are `nil` when the store cannot be read.
        mutating func look(at now: Int64, _ retries: RetryStateMachine?) {
            driver.now = now
            driver.turn(isWaitedFor: true)
            driver.handle(.erasure(isDue: false))
            driver.handle(.lockIsHeldElsewhere(queued: 5, retries: retries))
        }
    }

    private func waiting(_ failures: Int, until: Int64, isDemanded: Bool = false) -> RetryStateMachine {
        RetryStateMachine(
            restoring: "waiting", until: until, isDemanded: isDemanded, failures: failures, lastError: "503")
    }

    @Test func givesTheProcessThatDeliversUntilItsTimeToAnswer() {
        var flush = Flush()
        let waits = waiting(1, until: 10 * second, isDemanded: true)
        flush.look(at: 0, RetryStateMachine())
        for now in [second, 3 * second, 9 * second] {
            flush.look(at: now, waits)
            #expect(!flush.machine.isUnanswered(at: now), "\(now): the server named the time")
            #expect(flush.machine.restsUntil == 10 * second)
        }
        flush.look(at: 10 * second, waits)
        #expect(flush.machine.restsUntil == .min, "it tries now")
        #expect(!flush.machine.isUnanswered(at: 12 * second), "it may be sending")
        #expect(flush.machine.isUnanswered(at: 12 * second + 1))
    }

    @Test func countsTheSilenceFromTheLookAtWhichTheProcessWaitsNoLonger() {
        var flush = Flush()
        flush.look(at: 0, waiting(1, until: 60 * second, isDemanded: true))
        #expect(!flush.machine.isUnanswered(at: 50 * second))
        flush.look(at: 50 * second, RetryStateMachine())
        #expect(!flush.machine.isUnanswered(at: 52 * second))
        #expect(flush.machine.isUnanswered(at: 52 * second + 1))
    }

    @Test func takesTheFirstFailuresThatItReadsForThoseFromBefore() {
        // Whether the process waits when its row is read first must not matter.
        for until in [0, 50 * second] {
            var flush = Flush()
            // The store cannot be read just when the process is asked.
            for (now, retries) in [nil, nil, waiting(3, until: until), waiting(3, until: until)].enumerated() {
                flush.look(at: Int64(now) * second / 10, retries)
                #expect(flush.machine.restsUntil == .min, "it failed before it was asked")
            }
            flush.look(at: second, waiting(4, until: 50 * second))
            #expect(flush.machine.restsUntil == 50 * second, "it has tried and failed")
        }
    }
}
