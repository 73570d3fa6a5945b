// SPDX-License-Identifier: MIT
import Testing

@_spi(Sessions) @testable import Footfall

@Suite struct StartBarrierTests {
    @Test func startsASecondAfterTheThreadBegan() {
        var barrier = StartBarrier()
        #expect(barrier.liftsAt == .max)
        barrier.threadBegan(at: 5_000_000_000)
        #expect(barrier.liftsAt == 6_000_000_000)
        #expect(!barrier.isLifted)
    }

    @Test func startsOnce() {
        var barrier = StartBarrier()
        let lifts = [barrier.lift(), barrier.lift()]
        #expect(lifts == [true, false])
        barrier.threadBegan(at: 5)
        #expect(barrier.liftsAt == .max, "a client that has started waits for nothing")
    }

    @Test func startsBeforeCallsButNotBeforeRegistrations() {
        let moment = Moment(wall: Timestamp(milliseconds: 0), bootNanoseconds: 0, bootID: "")
        #expect(!QueuedCall.command(.add(Nothing(), id: 1, moment)).isBehindStart)
        #expect(!QueuedCall.command(.remove(id: 1)).isBehindStart)
        #expect(!QueuedCall.command(.inspect { _ in }).isBehindStart)
        #expect(QueuedCall.command(.flush(nil, delivers: true)).isBehindStart)
        #expect(QueuedCall.command(.close(Reply<Bool>())).isBehindStart)
        #expect(QueuedCall.command(.forget([:], visitCalls: 0, nil)).isBehindStart)
        #expect(QueuedCall.command(.session(.end, moment)).isBehindStart)
        #expect(QueuedCall.event(Event(type: .track, timestamp: Timestamp(milliseconds: 0)), []).isBehindStart)
    }
}

private final class Nothing: Plugin {
    let type = PluginType.utility
}
