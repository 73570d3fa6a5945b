// SPDX-License-Identifier: MIT
import TestSupport

@testable import Footfall

/// Drives a machine as a destination's uploader would, without a store, a socket or a clock.
struct MachineDriver {
    var machine: DestinationMachine
    var now: Int64 = 0
    var random = SplitMix64(seed: 7)
    var tag: UInt64 = 0

    init(queued: Int64 = 0, flushAt: Int = 20, interval: Int64 = 0, isAutomatic: Bool = true, now: Int64 = 0) {
        self.now = now
        machine = DestinationMachine(
            schedule: DestinationMachine.Schedule(flushAt: flushAt, interval: interval, isAutomatic: isAutomatic),
            queued: queued, retries: RetryStateMachine(), now: now)
    }

    @discardableResult
    mutating func handle(_ input: DestinationMachine.Input) -> [DestinationMachine.Action] {
        machine.handle(input, at: now, random: &random)
    }

    @discardableResult
    mutating func turn(isWaitedFor: Bool = false) -> [DestinationMachine.Action] {
        handle(.turn(isWaitedFor: isWaitedFor))
    }

    /// A turn as far as the batch, which has these events.
    @discardableResult
    mutating func read(_ ids: [Int64] = [1, 2]) -> [DestinationMachine.Action] {
        guard turn() == [.checkErasure] else { return [] }
        return finishTurn(ids)
    }

    /// The turn that goes on with a check of the erasure, as far as the batch.
    @discardableResult
    mutating func finishTurn(_ ids: [Int64] = [1, 2]) -> [DestinationMachine.Action] {
        handle(.erasure(isDue: false))
        handle(.lockIsHeld)
        handle(.network(refusal: nil))
        handle(.consent(isWithdrawn: false))
        return handle(.batchRead(ids: ids))
    }

    /// A turn whose batch is under way afterwards.
    @discardableResult
    mutating func attempt(_ ids: [Int64] = [1, 2]) -> [DestinationMachine.Action] {
        read(ids)
        tag += 1
        return handle(.batchReady(tag: tag))
    }
}
